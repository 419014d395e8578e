/*-------------------------------------------------------------------------
 *
 * trends.c
 *		  What Pinterest's users take to at present.
 *
 * The endpoints answer for one region, which the query has to name.  What a
 * list is narrowed to besides shows in no row of it: these are settings, null
 * where nothing is narrowed.
 *
 * Names, types and limits are those of the API's description, version 5.28.
 *
 * Copyright (c) 2026, pinterest_fdw contributors
 *
 * src/streams/trends.c
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "streams/streams.h"

static const char *const user_scopes[] = {"user_accounts:read", NULL};

static const char *const ages[] = {
	"18-24", "25-34", "35-44", "45-49", "50-54", "55-64", "65+", NULL
};

static const char *const booleans[] = {"true", "false", NULL};

static const char *const engagement_types[] = {
	"ENGAGEMENT", "OUTBOUND_CLICK", "SAVE", NULL
};

/* The regions of all trends but those of keywords. */
static const char *const trend_regions[] = {"US", "GB+IE", "CA", NULL};

#define REGION_FILTER \
	{ \
		.column = "region", \
		.param = "region", \
		.required = true, \
		.values = trend_regions, \
		.strict = true, \
	}

#define REGION_COLUMN \
	{.name = "region", .type = TYPE_TEXT, .origin = FROM_REQUEST, \
	 .comment = "Region, as country codes joined by +"}

/* A setting that is its parameter's only value. */
#define CHOICE(column_name, param_name, known_values) \
	{.filter = {.column = column_name, .param = param_name, \
	 .values = known_values, .strict = true}}

/*
 * trends_keywords
 *
 * Parameter include_keywords is not used: it finds keywords beyond the first
 * 50, which a query without it does not have.
 */
static const char *const keyword_regions[] = {
	"US",
	"CA",
	"DE",
	"FR",
	"ES",
	"IT",
	"DE+AT+CH",
	"GB+IE",
	"IT+ES+PT+GR+MT",
	"PL+RO+HU+SK+CZ",
	"SE+DK+FI+NO",
	"NL+BE+LU",
	"AR",
	"BR",
	"CO",
	"MX",
	"MX+AR+CO+CL",
	"AU+NZ",
	NULL
};

static const Column trend_keyword_columns[] = {
	REGION_COLUMN,
	{.name = "trend_type", .type = TYPE_TEXT, .origin = FROM_REQUEST,
	.comment = "How trends are found: growing, monthly, yearly or seasonal"},
	ITEM("keyword", TYPE_TEXT, "What is searched for"),
	ITEM("pct_growth_wow", TYPE_BIGINT, "Growth of searches within a week, in percent; 10001 for more than 10000"),
	ITEM("pct_growth_mom", TYPE_BIGINT, "Growth of searches within a month, in percent; 10001 for more than 10000"),
	ITEM("pct_growth_yoy", TYPE_BIGINT, "Growth of searches within a year, in percent; 10001 for more than 10000"),
	ITEM("time_series", TYPE_JSONB, "Searches of each week of a year, where 100 is the keyword's best week"),
	ITEM("has_prediction", TYPE_BOOLEAN, "Whether a prediction exists"),
	ITEM("predicted_time_series", TYPE_JSONB, "Searches predicted for the next weeks, where the API has a prediction"),
	ITEM("demographics", TYPE_JSONB, "Shares of ages and genders; absent unless include_demographics is true"),
	SETTING("interest", TYPE_TEXT, "Interest that the trends belong to; null for all"),
	SETTING("gender", TYPE_TEXT, "Users whose searches count: female, male or unknown; null for all"),
	SETTING("age", TYPE_TEXT, "Users whose searches count, 25-34 for instance; null for all"),
	SETTING("include_prediction", TYPE_BOOLEAN, "Without effect: requests can no longer ask for predictions since version 5.28 of the API"),
	SETTING("include_demographics", TYPE_BOOLEAN, "Whether demographics were asked for; few apps may"),
	WHOLE_ITEM,
	{0}
};

static const Filter trend_keyword_filters[] = {
	{
		.column = "region",
		.required = true,
		.values = keyword_regions,
		.strict = true,
	},
	{
		.column = "trend_type",
		.required = true,
		.values = (const char *const[]) {
			"growing", "monthly", "yearly", "seasonal", NULL
		},
		.open = true,
		.send_all = true,
	},
	{0}
};

static const Endpoint trend_keyword_endpoints[] = {
	{
		.path = "/trends/keywords/{region}/top/{trend_type}",
		.rows = "trends.[]",
		.params = "limit=50",
		.filters = trend_keyword_filters,
	},
	{0}
};

static const char *const keyword_interests[] = {
	"animals",
	"architecture",
	"art",
	"beauty",
	"childrens_fashion",
	"design",
	"diy_and_crafts",
	"education",
	"electronics",
	"entertainment",
	"event_planning",
	"finance",
	"food_and_drinks",
	"gardening",
	"health",
	"home_decor",
	"mens_fashion",
	"parenting",
	"quotes",
	"sport",
	"travel",
	"vehicles",
	"wedding",
	"womens_fashion",
	NULL
};

static const char *const keyword_genders[] = {
	"female", "male", "unknown", NULL
};

static const Setting trend_keyword_settings[] = {
	CHOICE("interest", "interests", keyword_interests),
	CHOICE("gender", "genders", keyword_genders),
	CHOICE("age", "ages", ages),
	CHOICE("include_prediction", NULL, booleans),
	CHOICE("include_demographics", "include_demographics", booleans),
	{.filter = {0}}
};

const Stream trends_keywords_stream = {
	.name = "trends_keywords",
	.aliases = (const char *const[]) {
		"trends_keyword", "trending_keywords", NULL
	},
	.comment = "The 50 top keywords of a region, by each way to find trends",
	.category = "trends_read",
	.scopes = user_scopes,
	.key = (const char *const[]) {"region", "trend_type", "keyword", NULL},
	.columns = trend_keyword_columns,
	.settings = trend_keyword_settings,
	.source = {
		.endpoints = trend_keyword_endpoints,
		.typical = {.rows = 200, .row_bytes = 1500},
	},
};

/*
 * trends_topics
 *
 * An item is an interest with its topics, of which each is a row.
 */
#define TOPIC(column_name, column_type, column_comment) \
	{.name = column_name, .field = column_name, .type = column_type, \
	 .comment = column_comment, .origin = FROM_ELEMENT}

static const Column trend_topic_columns[] = {
	REGION_COLUMN,
	ITEM("market", TYPE_TEXT, "Region, as the API tells it"),
	ITEM("interest", TYPE_TEXT, "Interest that the topic belongs to"),
	TOPIC("id", TYPE_TEXT, "Topic"),
	TOPIC("title", TYPE_TEXT, "Title of the topic"),
	TOPIC("description", TYPE_TEXT, "Text about the topic"),
	TOPIC("percent_growth_mom", TYPE_BIGINT, "Growth within a month, in percent"),
	TOPIC("related_interests", TYPE_TEXT_ARRAY, "Interests that go with the topic"),
	TOPIC("related_searches", TYPE_TEXT_ARRAY, "Searches that go with the topic"),
	TOPIC("time_series", TYPE_JSONB, "Values of the trend, by date"),
	TOPIC("pins", TYPE_JSONB, "Up to 6 Pins of the topic: id, src, width and height of the image"),
	{.name = "attrs", .type = TYPE_JSONB, .origin = FROM_ELEMENT,
	.comment = "The whole topic as the API returned it"},
	{0}
};

static const Filter trend_topic_filters[] = {
	REGION_FILTER,
	{
		.column = "interest",
		.param = "interest",
		.values = (const char *const[]) {
			"ALL",
			"ANIMALS",
			"ARCHITECTURE",
			"ART",
			"BEAUTY",
			"DIY_AND_CRAFTS",
			"EDUCATION",
			"EVENT_PLANNING",
			"FASHION",
			"FOOD_AND_DRINKS",
			"GARDENING",
			"HEALTH",
			"HOME_DECOR",
			"PARENTING",
			"TRAVEL",
			"WEDDING",
			NULL
		},
		.strict = true,
	},
	{0}
};

static const Endpoint trend_topic_endpoints[] = {
	{
		.path = "/trends/topics/featured",
		.rows = "[]",
		.filters = trend_topic_filters,
	},
	{0}
};

const Stream trends_topics_stream = {
	.name = "trends_topics",
	.aliases = (const char *const[]) {
		"trends_topic", "trends_topics_featured", "featured_topics", NULL
	},
	.comment = "Featured topics of a region, by interest",
	.category = "trends_read",
	.scopes = user_scopes,
	.key = (const char *const[]) {"region", "interest", "title", NULL},
	.columns = trend_topic_columns,
	.elements = (const char *const[]) {"trends.[]", NULL},
	.source = {
		.endpoints = trend_topic_endpoints,
		.typical = {.rows = 80, .row_bytes = 3000},
	},
};

/*
 * trends_product_categories
 *
 * The description does not say what the list has without an engagement_type,
 * so each is asked for.
 */
static const Column product_category_columns[] = {
	REGION_COLUMN,
	ITEM("engagement_type", TYPE_TEXT, "What makes the trend: ENGAGEMENT, OUTBOUND_CLICK or SAVE"),
	ITEM("product_category", TYPE_TEXT, "Category of products"),
	ITEM("pinterest_product_category_id", TYPE_BIGINT, "Id of the category"),
	ITEM("pct_change_mom", TYPE_BIGINT, "Change within a month, in percent"),
	ITEM("percent_relative_volume", TYPE_BIGINT, "Volume in relation to others, in percent"),
	ITEM("verticals", TYPE_TEXT_ARRAY, "Lines of trade of the category: FASHION, HOME_DECOR or BEAUTY"),
	SETTING("vertical", TYPE_TEXT, "Line of trade that was asked for; null for all"),
	SETTING("gender", TYPE_TEXT, "Users who count: MALE, FEMALE or UNSPECIFIED; null for all"),
	SETTING("age", TYPE_TEXT, "Users who count, 25-34 for instance; null for all"),
	WHOLE_ITEM,
	{0}
};

static const Filter product_category_filters[] = {
	REGION_FILTER,
	{
		.column = "engagement_type",
		.param = "engagement_type",
		.values = engagement_types,
		.open = true,
		.send_all = true,
	},
	{0}
};

static const Endpoint product_category_endpoints[] = {
	{
		.path = "/trends/product_categories/trending",
		.rows = "[]",
		.filters = product_category_filters,
	},
	{0}
};

static const char *const verticals[] = {
	"FASHION", "HOME_DECOR", "BEAUTY", NULL
};

static const char *const category_genders[] = {
	"MALE", "FEMALE", "UNSPECIFIED", NULL
};

static const Setting product_category_settings[] = {
	CHOICE("vertical", "verticals", verticals),
	CHOICE("gender", "genders", category_genders),
	CHOICE("age", "ages", ages),
	{.filter = {0}}
};

const Stream trends_product_categories_stream = {
	.name = "trends_product_categories",
	.aliases = (const char *const[]) {
		"trends_product_category", "trending_product_categories",
		"trends_product_categories_trending", NULL
	},
	.comment = "Categories of products that a region takes to",
	.category = "trends_read",
	.scopes = user_scopes,
	.key = (const char *const[]) {
		"region", "engagement_type", "product_category", NULL
	},
	.columns = product_category_columns,
	.settings = product_category_settings,
	.source = {
		.endpoints = product_category_endpoints,
		.typical = {.rows = 150, .row_bytes = 150},
	},
};

/*
 * trends_product_categories_details
 */
static const char *const product_categories[] = {
	"ACCENT_TABLES", "ACCESSORIES", "ANKLETS", "APRONS", "AREA_RUGS",
	"ARMOIRES_AND_WARDROBES", "ART_AND_CRAFT_PAINTS", "ART_BRUSHES", "ARTIFICIAL_FLORA",
	"ARTWORK", "AUDIO", "AUDIO_ACCESSORIES", "BACKPACKS", "BAG_AND_LUGGAGE_ACCESSORIES",
	"BAGS_AND_LUGGAGE", "BAKEWARE", "BANDANAS", "BAR_CARTS", "BARWARE", "BASKETS",
	"BATH_AND_BODY", "BATH_AND_SHOWER", "BATH_MATS_AND_RUGS",
	"BATH_TOWELS_AND_WASHCLOTHS", "BATHROOM_ACCESSORIES", "BATHROOM_ACCESSORY_SETS",
	"BATHROOM_VANITIES", "BEACH_TOWELS", "BEADS_AND_JEWELRY_MAKING_SUPPLIES",
	"BEAUTY_SUPPLEMENTS", "BED_SHEETS", "BEDDING", "BEDROOM_VANITIES",
	"BEDS_AND_ACCESSORIES", "BEDS_AND_BED_FRAMES", "BELT_BAGS", "BELTS_AND_SUSPENDERS",
	"BENCHES", "BEVERAGES", "BIRD_SUPPLIES", "BLANKETS", "BLOUSES",
	"BLUSHES_AND_BRONZERS", "BODY_CARE", "BODY_JEWELRY", "BODY_MAKEUP",
	"BODY_MOISTURIZERS", "BODY_WASHES", "BOOKCASES_AND_STANDING_SHELVES", "BOOKENDS",
	"BOOKS", "BOOTS", "BRACELETS", "BRIDESMAID_DRESSES", "BROOCHES_AND_LAPEL_PINS",
	"BROW_MAKEUP", "BUFFETS_AND_SIDEBOARDS", "BUTTON_DOWN_SHIRTS", "CABINET_HARDWARE",
	"CABINETS_AND_STORAGE_FURNITURE", "CAKE_DECORATING_SUPPLIES", "CAMPING_AND_HIKING",
	"CANDLE_HOLDERS", "CANDLES", "CARDSTOCK_PAPERS", "CASUAL_PANTS", "CAT_SUPPLIES",
	"CHAIRS", "CHANDELIERS", "CHARMS_AND_PENDANTS", "CHINA_CABINETS_AND_HUTCHES",
	"CLOGS_AND_MULES", "CLOTH_NAPKINS", "CLOTHING", "CLOTHING_AND_CLOSET_STORAGE",
	"CLOTHING_SETS", "COASTERS", "COATS_AND_JACKETS", "COFFEE_AND_TEA_CUPS",
	"COFFEE_MAKERS_AND_ESPRESSO_MACHINES", "COLORING_BOOKS", "COMMUNICATIONS",
	"COMPUTER_ACCESSORIES", "COOKIE_CUTTERS", "COOKWARE", "COOKWARE_AND_BAKEWARE",
	"COSMETIC_AND_TOILETRY_BAGS", "COSTUMES_AND_ACCESSORIES",
	"CRAFT_ADHESIVES_AND_MAGNETS", "CRAFT_CUTTING_TOOLS", "CRAFT_MOLDS",
	"CRIBS_AND_TODDLER_BEDS", "CURTAIN_AND_DRAPE_RODS", "CURTAINS_AND_DRAPES",
	"CUTTING_BOARDS", "CYCLING", "DECORATIVE_BOWLS", "DECORATIVE_JARS",
	"DECORATIVE_TAPESTRIES", "DECORATIVE_TRAYS", "DEODORANTS_AND_ANTIPERSPIRANTS",
	"DESK_AND_SHELF_CLOCKS", "DESKS", "DIAPER_BAGS", "DINNERWARE", "DISHWASHERS",
	"DOG_SUPPLIES", "DOOR_MATS", "DRAWING_AND_PAINTING", "DRESS_PANTS", "DRESSERS",
	"DRESSES", "DRILLS_AND_SCREWDRIVERS", "DRINKWARE", "DUFFEL_BAGS", "DUVET_COVERS",
	"DVDS_AND_VIDEOS", "EARRINGS", "ELECTRONICS_ACCESSORIES",
	"ENGAGEMENT_AND_WEDDING_RINGS", "ENTERTAINMENT_CENTERS_AND_TV_STANDS", "ERASERS",
	"EYE_MAKEUP", "EYE_SHADOW", "EYELINERS", "FABRIC", "FACE_COVERINGS",
	"FACE_LOTIONS_AND_CREAMS", "FACE_MAKEUP", "FACIAL_CLEANSERS", "FACIAL_MOISTURIZERS",
	"FALSE_EYELASHES", "FIGURINES", "FIREPLACE_AND_WOOD_STOVE_ACCESSORIES",
	"FIREPLACES", "FISHING", "FLAGS_AND_WINDSOCKS", "FLATS", "FLATWARE", "FLOOR_LAMPS",
	"FLOWER_GIRL_DRESSES", "FOOD_AND_BEVERAGE_CARRIERS", "FOOD_COOKERS_AND_STEAMERS",
	"FOOD_ITEMS", "FOOD_MIXERS_AND_BLENDERS", "FOOD_STORAGE_CONTAINERS",
	"FOOD_STORAGE_SUPPLIES", "FOUNDATIONS_AND_CONCEALERS", "FOUNTAINS_AND_PONDS",
	"FRAGRANCE", "FURNITURE", "FURNITURE_SETS", "GAMES", "GARDENING", "GARDENING_TOOLS",
	"GLOVES_AND_MITTENS", "GLUES_AND_TAPES", "GROOM_AND_GROOMSMEN_SUITS", "HAIR",
	"HAIR_ACCESSORIES", "HAIR_CARE", "HAIR_COLOR", "HAIR_COMBS",
	"HAIR_PINS_CLAWS_AND_CLIPS", "HAIR_REMOVAL", "HAIR_TOOLS", "HAIR_TREATMENT",
	"HAIR_WREATHS", "HAND_AND_FOOT_CARE", "HAND_SOAPS_AND_SANITIZERS", "HANDBAGS",
	"HANDKERCHIEFS", "HARDWARE_SUPPLIES", "HATS", "HEADBOARDS_AND_FOOTBOARDS",
	"HEADWEAR", "HIGHLIGHTERS", "HOBBIES_AND_CREATIVE_ARTS", "HOME_ACCESSORIES",
	"HOME_DECOR_DECALS", "HOME_FRAGRANCE_ACCESSORIES", "HOME_FRAGRANCES",
	"HOME_IMPROVEMENT_TOOLS_AND_SUPPLIES", "HOSIERY", "HOUSEHOLD_APPLIANCES",
	"HOUSEHOLD_SUPPLIES", "INCENSE", "INDOOR_GAMES", "JEANS",
	"JEWELRY_AND_WATCH_ACCESSORIES", "JEWELRY_AND_WATCHES", "JEWELRY_SETS",
	"JUMPSUITS_AND_ROMPERS", "KEYCHAINS", "KITCHEN_AND_DINING",
	"KITCHEN_AND_DINING_ROOM_TABLES", "KITCHEN_APPLIANCES", "KITCHEN_KNIVES",
	"KITCHEN_LINENS", "KITCHEN_MATS", "KITCHEN_ORGANIZERS",
	"KITCHEN_TOOLS_AND_UTENSILS", "KITCHEN_TOWELS", "KNITTING_AND_CROCHET",
	"KNITTING_AND_CROCHET_TOOLS", "LAMP_SHADES", "LAMPS", "LANYARDS",
	"LAUNDRY_HAMPERS_AND_SUPPLIES", "LAWN_AND_GARDEN", "LAWN_AND_GARDEN_DECOR",
	"LAWN_ORNAMENTS_AND_GARDEN_SCULPTURES", "LEGGINGS", "LEOTARDS_AND_UNITARDS",
	"LIGHTING", "LIGHTING_ACCESSORIES", "LIGHTING_FIXTURES", "LIP_BALMS", "LIP_CARE",
	"LIP_MAKEUP", "LIPSTICKS_AND_LIP_GLOSSES", "MAGAZINES_AND_NEWSPAPERS", "MAGNETS",
	"MAKEUP", "MAKEUP_TOOLS", "MASCARAS", "MATTRESSES", "MEASURES_AND_RULERS",
	"MEASURING_TOOLS_AND_SENSORS", "MESSENGER_BAGS", "MIRRORS",
	"MUSIC_AND_SOUND_RECORDINGS", "NAIL_ART", "NAIL_ART_KIT_AND_TOOLS", "NAIL_CARE",
	"NAIL_POLISHES", "NAILS", "NECKLACES", "NECKTIES",
	"NIGHT_LIGHTS_AND_AMBIENT_LIGHTING", "NIGHTSTANDS", "NOVELTY_SIGNS", "ONE_PIECES",
	"ONESIES", "OTTOMANS", "OUTDOOR_FURNITURE", "OUTDOOR_FURNITURE_SETS",
	"OUTDOOR_GAMES", "OUTDOOR_GRILLS", "OUTDOOR_LIVING", "OUTDOOR_PLAY_EQUIPMENT",
	"OUTDOOR_RECREATION", "OUTDOOR_RUGS", "OUTDOOR_SEATING", "OUTDOOR_STRUCTURES",
	"OUTDOOR_TABLES", "OUTERWEAR", "OVENS_AND_COOKTOPS", "OVERALLS",
	"OXFORDS_AND_LOAFERS", "PAINT_AND_PAINT_TOOLS", "PANTS", "PAPER_CRAFTS",
	"PARASOLS_AND_RAIN_UMBRELLAS", "PARTY_AND_CELEBRATION", "PENDANT_LIGHTS",
	"PENS_AND_PENCILS", "PERFUMES_AND_COLOGNES", "PET_CARRIERS_AND_CRATES",
	"PET_COLLARS_AND_HARNESSES", "PET_SUPPLIES", "PHOTO_ALBUMS_AND_STORAGE",
	"PICTURE_FRAMES", "PILLOWCASES_AND_SHAMS", "PINBACK_BUTTONS", "PLACEMATS", "PLANTS",
	"PONYTAIL_HOLDERS", "POOL_AND_SPA_ACCESSORIES", "POSTERS_PRINTS_AND_VISUAL_ARTWORK",
	"POTS_AND_PLANTERS", "POTTERY_AND_SCULPTING", "PRIMERS_AND_MAKEUP_SETTERS", "PUMPS",
	"PUZZLES", "QUILTS_AND_COMFORTERS", "RAZORS_AND_SHAVING_TOOLS", "RINGS", "RUGS",
	"RUNNER_RUGS", "SANDALS", "SASHES", "SAWS", "SCARVES_AND_SHAWLS",
	"SCULPTURES_AND_STATUES", "SEASONAL_AND_HOLIDAY_DECORATIONS", "SEATING",
	"SERUMS_AND_ESSENCES", "SERVEWARE", "SEWING_MACHINES", "SEWING_PATTERNS",
	"SHAMPOO_AND_CONDITIONER", "SHOE_ACCESSORIES", "SHOES", "SHOPPING_TOTES", "SHORTS",
	"SHOWER_CURTAINS", "SKINCARE", "SKINCARE_MASKS_AND_PEELS", "SKIRTS",
	"SLEEPWEAR_AND_LOUNGEWEAR", "SLIPCOVERS_AND_CUSHIONS", "SLIPPERS",
	"SNEAKERS_AND_ATHLETIC_SHOES", "SOCKS_AND_TIGHTS", "SOFAS", "SPORTS_UNIFORMS",
	"STEMWARE", "STOCKINGS", "STORAGE_AND_ORGANIZATION", "STORAGE_CABINETS_AND_LOCKERS",
	"STORAGE_HOOKS_AND_RACKS", "SUITCASES", "SUITS", "SUITS_AND_SUIT_SEPARATES",
	"GLASSES_AND_SUNGLASSES", "SUNSCREEN", "SWEATERS_AND_CARDIGANS",
	"SWEATSHIRTS_AND_HOODIES", "SWIMWEAR", "T_SHIRTS", "TABLE_LAMPS", "TABLE_RUNNERS",
	"TABLECLOTHS", "TABLES", "TABLEWARE", "TANK_TOPS", "TANNING_OILS_AND_LOTIONS",
	"TEETH_WHITENING", "TEETH_WHITENING_TOOLS", "TELEPHONY", "TEXTILE_AND_SEWING",
	"THREAD_AND_YARN", "THROW_PILLOWS", "TIARAS", "TOILET_PAPER_HOLDERS",
	"TONERS_AND_ASTRINGENTS", "TOOL_STORAGE_AND_ORGANIZATION", "TOOLS", "TOPS",
	"TOWEL_RACKS_AND_HOLDERS", "TOYS", "TRADITIONAL_AND_CEREMONIAL_CLOTHING",
	"TUMBLERS_AND_WATER_BOTTLES", "UNIFORMS", "VASES", "VEHICLE_PARTS_AND_ACCESSORIES",
	"VEILS", "WALL_CLOCKS", "WALL_LIGHT_FIXTURES", "WALL_PAINTS",
	"WALL_SHELVES_AND_LEDGES", "WALLETS_AND_CARD_CASES", "WALLPAPERS", "WATCHES",
	"WATERING_AND_IRRIGATION", "WEDDING_CEREMONY_DECOR", "WEDDING_CLOTHING",
	"WEDDING_DECOR", "WEDDING_DRESS", "WEDDING_GIFTS", "WEDDING_STATIONERY",
	"WEDDING_TABLE_DECOR", "WIGS_AND_HAIR_EXTENSIONS", "WINDOW_BLINDS_AND_SHADES",
	"WINDOW_TREATMENT_ACCESSORIES", "WINDOW_TREATMENTS", "WINE_RACKS",
	"WOOD_BOARDS_AND_PLANKS", "WOODWORKING_MATERIALS", "WOODWORKING_PLANS",
	"WORK_BENCHES", "WREATHS_AND_GARLANDS", NULL
};

static const Column product_category_detail_columns[] = {
	REGION_COLUMN,
	ITEM("product_category", TYPE_TEXT, "Category of products"),
	ITEM("demographics", TYPE_JSONB, "Shares of ages and genders in the last 3 months"),
	ITEM("metrics_highlights", TYPE_JSONB, "Change of engagement, outbound_clicks and pin_saves within a month"),
	ITEM("related_searches", TYPE_TEXT_ARRAY, "Searches that go with the category"),
	ITEM("time_series", TYPE_JSONB, "Values of the trend between 0 and 100, by date"),
	ITEM("has_prediction", TYPE_BOOLEAN, "Whether a prediction exists"),
	ITEM("predicted_time_series", TYPE_JSONB, "Values predicted for the next weeks; often absent"),
	SETTING("engagement_type", TYPE_TEXT, "What makes the trend: ENGAGEMENT, OUTBOUND_CLICK or SAVE; null for the API's default"),
	SETTING("lookback_window", TYPE_BIGINT, "Days that the trend looks back: 90, 180, 365 or 730; null for the API's default"),
	WHOLE_ITEM,
	{0}
};

static const Filter product_category_detail_filters[] = {
	REGION_FILTER,
	{
		.column = "product_category",
		.param = "product_categories",
		.style = LIST_REPEATED,
		.batch = 20,
		.required = true,
		.values = product_categories,
		.strict = true,
	},
	{0}
};

static const Endpoint product_category_detail_endpoints[] = {
	{
		.path = "/trends/product_categories/details",
		.rows = "[]",
		.filters = product_category_detail_filters,
	},
	{0}
};

static const char *const lookback_windows[] = {
	"90", "180", "365", "730", NULL
};

static const Setting product_category_detail_settings[] = {
	CHOICE("engagement_type", "engagement_type", engagement_types),
	CHOICE("lookback_window", "lookback_window", lookback_windows),
	{.filter = {0}}
};

const Stream trends_product_categories_details_stream = {
	.name = "trends_product_categories_details",
	.aliases = (const char *const[]) {
		"trends_product_category_details", "product_category_details", NULL
	},
	.comment = "Trend and audience of the categories of products that WHERE names",
	.category = "trends_read",
	.scopes = user_scopes,
	.key = (const char *const[]) {"region", "product_category", NULL},
	.columns = product_category_detail_columns,
	.settings = product_category_detail_settings,
	.source = {
		.endpoints = product_category_detail_endpoints,
		.typical = {.rows = 1, .row_bytes = 3000},
	},
};
