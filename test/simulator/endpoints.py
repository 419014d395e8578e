"""Which handler serves which endpoint of the facts."""

from simulator import ads_analytics, entities, organic

HANDLERS = {
    "/user_account": entities.user_account,
    "/user_account/analytics": organic.user_account_analytics,
    "/ad_accounts": entities.ad_accounts,
    "/ad_accounts/{ad_account_id}": entities.ad_account,
    "/ad_accounts/{ad_account_id}/analytics": ads_analytics.account_analytics,
    "/ad_accounts/{ad_account_id}/campaigns": entities.campaigns,
    "/ad_accounts/{ad_account_id}/campaigns/analytics": ads_analytics.campaigns_analytics,
    "/ad_accounts/{ad_account_id}/ad_groups": entities.ad_groups,
    "/ad_accounts/{ad_account_id}/ad_groups/analytics": ads_analytics.ad_groups_analytics,
    "/ad_accounts/{ad_account_id}/ads": entities.ads,
    "/ad_accounts/{ad_account_id}/ads/analytics": ads_analytics.ads_analytics,
    "/boards": entities.boards,
    "/boards/{board_id}": entities.board,
    "/boards/{board_id}/pins": entities.board_pins,
    "/pins": entities.pins,
    "/pins/{pin_id}": entities.pin,
    "/pins/{pin_id}/analytics": organic.pin_analytics,
}
