"""Pins with several images or videos, which there are only where a test wants them."""

SIZES = {"150x150": (150, 150), "400x300": (400, 300), "600x": (564, None), "1200x": (600, 900)}


def show_carousels(world, shown):
    """Let each pin of type CAROUSEL have all of its media, or, as usual, one image."""
    if world.carousels == shown:
        return
    world.carousels = shown
    for pin in world.pins:
        if pin.creative_type == "CAROUSEL":
            pin.cached_item = None
            if shown:
                pin.item["media"] = _media(pin)
    for place in [place for place in world.encoded if place[0] == "pin"]:
        del world.encoded[place]


def _media(pin):
    """Two images and an item without any; every other pin also has a video."""
    mixed = pin.index % 2 == 1
    items = [_image(pin, 0), _image(pin, 1), {"item_type": "image", "title": None, "images": None}]
    if mixed:
        items.insert(1, {"item_type": "video", "cover_image_url": f"https://i.pinimg.example/{pin.id}.jpg",
                         "duration": 9_000.5, "height": None, "width": 720, "video_url": None})
    return {"media_type": "multiple_mixed" if mixed else "multiple_images", "items": items}


def _image(pin, number):
    """One item of a pin; the second one lacks its largest size."""
    images = {size: {"url": f"https://i.pinimg.example/{size}/{pin.id}-{number}.jpg", "width": width, "height": height}
              for size, (width, height) in SIZES.items()}
    if number:
        del images["1200x"]
    return {"item_type": "image", "title": ("First ✨", "")[number], "description": None,
            "link": f"https://shop.example.com/{pin.id}/{number}", "images": images}
