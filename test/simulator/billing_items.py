"""What an ad account pays with and for: order lines, billing profiles, invoices, discounts, insertion orders."""

import datetime

from simulator.ads_items import EPOCH, SENDER
from simulator.records import Kind, account_first, records, same

FIRST_DAY = datetime.date(2025, 1, 31)
CREATED = datetime.datetime(2025, 2, 3, 13, 7, 4)


def _days_later(days):
    return (FIRST_DAY + datetime.timedelta(days=days)).isoformat()


def _moment(thing):
    """A time as Salesforce writes it."""
    moment = CREATED + datetime.timedelta(seconds=thing.key % 10 ** 7)
    return moment.isoformat() + f".{thing.key % 1000:03d}Z"


def _order_line(line):
    """Amounts pass through float columns, and a purchase order is a number where it looks like one."""
    campaigns = line.parent.children
    item = {
        "ad_account_id": line.parent.id, "budget": (5_000_000_000.0, None, 8_589_934_592_000_000, 0)[line.index % 4],
        "campaign_ids": [campaign.id for campaign in campaigns[line.index::4]], "id": line.id,
        "end_time": None if line.index % 2 else EPOCH + line.index * 86_400,
        "name": ("Q4 \"sale\"", None, "🎄")[line.index % 3],
        "paid_budget": (4_000_000_000, None, -1)[line.index % 3], "paid_type": ("PAID", "BONUS", None)[line.index % 3],
        "purchase_order_id": (47_110_815, "PO-1,2", "", None)[line.index % 4], "start_time": float(EPOCH + line.index),
        "status": ("ACTIVE", "PAUSED", "DELETED")[line.index % 3], "type": "orderline",
    }
    if line.index == 4:
        del item["paid_budget"]
    return item


ORDER_LINE = Kind("order_line", same(6), _order_line, 3_140_159_265_358)


def _pin_order(number):
    return f"0Q01N0000015hek{'SAB' if number % 2 else 'S/+&'}"


def _insertion_order(order):
    return {
        "creation_time": None if order.index == 2 else _moment(order), "pin_order_id": _pin_order(order.index),
        "status": ("Approved", "Ready to sign", "")[order.index],
    }


INSERTION_ORDER = Kind("insertion_order", same(3), _insertion_order)


def _ssio_order_line(line):
    ongoing = line.index % 3 == 2
    order_line = str(account_first(line.parent, ORDER_LINE.first))
    item = {
        "accepted_terms_id": None, "accepted_terms_time": _moment(line) if line.index % 2 else None,
        "ads_manager_order_line_id": order_line if line.index % 2 else None, "agency_link": "",
        "bill_to_company_name": "Fjord & \"Söhne\" 🏔", "billing_contact_email": "mail@example.com",
        "billing_contact_firstname": "Zoë", "billing_contact_lastname": "O'Neill",
        "budget_amount": None if ongoing else 5_000_000.25, "currency_info": "EUR",
        "end_date": None if ongoing else _days_later(line.index * 30),
        "estimated_monthly_spend": 1200 if ongoing else None,
        "last_modified_date_time": _moment(line), "media_contact_email": None, "media_contact_firstname": "",
        "media_contact_lastname": None, "order_name": (None, "Order 1", "")[line.index % 3],
        "pin_order_id": _pin_order(line.index), "pmp_name": None, "po_number": "00471",
        "salesforce_order_line_id": f"a0B1N00000{line.key % 10 ** 8:08d}{line.index}",
        "start_date": _days_later(line.index),
    }
    if line.index == 3:
        del item["pmp_name"]
    return item


SSIO_ORDER_LINE = Kind("ssio_order_line", same(5), _ssio_order_line)


def _billing_profile(profile):
    return {
        "advertiser_id": profile.parent.id, "billing_type": ("CREDIT_CARD", "INVOICE", "PREPAID")[profile.index % 3],
        "card_type": ("VISA", "UNKNOWN")[profile.index % 2], "id": profile.id,
        "payment_method_brand": ("VISA", "UNKNOWN", "CARTE_BANCAIRE")[profile.index % 3],
        "status": ("VALID", "INVALID", "SECONDARY", "DELETED")[profile.index % 4],
    }


BILLING_PROFILE = Kind("billing_profile", same(4), _billing_profile, 1_231_245_123_100)


def is_active(profile):
    return profile.status in ("VALID", "SECONDARY")


def _billing_invoice(invoice):
    """Due dates are not in the order of the ids, and some coincide."""
    billed = 0 if invoice.index == 3 else (1 + invoice.key % 10 ** 6) * 10 ** 9
    memo = invoice.index % 4 == 2
    item = {
        "ad_account_id": invoice.parent.id, "ad_account_name": invoice.parent.item["name"],
        "amount_billed_micro_currency": -billed if memo else billed,
        "amount_discount_micro_currency": None if invoice.index % 2 else 0, "amount_net_micro_currency": billed // 2,
        "amount_tax_micro_currency": billed - billed // 2, "bill_to_country": invoice.parent.item["country"],
        "billing_period_end_date": _days_later(invoice.index * 31 + 30), "currency": invoice.parent.item["currency"],
        "billing_period_start_date": _days_later(invoice.index * 31), "id": invoice.id,
        "document_type": "CREDIT_MEMO" if memo else "INVOICE",
        "invoice_due_date": _days_later(invoice.index * 5 % 7 * 31),
        "payment_terms": ("NET 30", "")[invoice.index % 2], "status": ("OPEN", "CLOSED", "CLOSED")[invoice.index % 3],
    }
    if invoice.index == 5:
        del item["amount_discount_micro_currency"]
    return item


BILLING_INVOICE = Kind("billing_invoice", same(9), _billing_invoice, 5_182_818_284_590)


def _discount(discount):
    """Discounts have no ids; two of them are alike."""
    alike = discount.index % 3
    item = {
        "active": alike > 0, "advertiser_id": discount.parent.id if alike else SENDER,
        "discountCurrency": ("USD", None, "EUR")[alike], "discountInMicroCurrency": (125_000_000, None, 7.5e15)[alike],
        "discountType": ("COUPON", "CREDIT_APPLIED", None)[alike],
        "remainingDiscountInMicroCurrency": (0, -1, None)[alike], "title": ("Ads Credits 🎁", "", None)[alike],
    }
    if alike == 2:
        del item["title"]
    return item


DISCOUNT = Kind("discount", same(4), _discount)


def invoice_order(sort):
    """The key that invoices are sorted by: the request's choice, then the id."""
    fields = {
        "DUE_DATE": "invoice_due_date", "BILLING_PERIOD": "billing_period_start_date",
        "DOCUMENT_TYPE": "document_type", "TOTAL_AMOUNT": "amount_billed_micro_currency", "INVOICE_NUMBER": "id",
    }
    return lambda invoice: (invoice.item[fields[sort]], int(invoice.id))


def billing_profiles(world, account, active):
    """The active profiles, or all of them."""
    return [profile for profile in records(world, account, BILLING_PROFILE) if is_active(profile) or not active]
