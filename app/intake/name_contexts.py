"""What does a name mean inside the object that it stands in, and which words around it mean nothing?"""

from __future__ import annotations

from typing import Final

from app.intake.field_names import PLAIN, SPECIFIC, WEAK

INSIDE: Final[dict[str, tuple[tuple[str, int, str], ...]]] = {
    "name": (
        ("name", SPECIFIC, "full, full name, display name, formatted"),
        ("name.first", PLAIN, "first, given, first name, given name, 名"),
        ("name.middle", PLAIN, "middle, middle name"),
        ("name.last", PLAIN, "last, family, last name, family name, surname, 姓"),
    ),
    "phone": (
        ("phone", SPECIFIC, "full, number, phone number, mobile, e164, international"),
        ("phone.country", PLAIN, "country code, dial code, calling code, 区号"),
        ("phone.area", PLAIN, "area, area code"),
        ("phone.line", PLAIN, "phone, line, local"),
    ),
    "address": (
        ("address", SPECIFIC, "full, formatted, full address, formatted address"),
        ("address.line", PLAIN, "line 1, line1, detail, details, detail address, address, thoroughfare, 详细"),
        ("address.more", PLAIN, "line 2, line2, apt, unit, suite"),
        ("address.district", PLAIN, "district, 区, 区县, county"),
        ("region", PLAIN, "state, province, region, 省, subdivision"),
        ("postal_code", PLAIN, "postal, zip, postcode, code postal"),
    ),
    "company": (
        ("company", SPECIFIC, "name, legal name, display name, title, 名称, nom, nome, nombre, naam"),
        ("employees", PLAIN, "size, employees, headcount"),
        ("annual_revenue", PLAIN, "revenue"),
        ("website", PLAIN, "website, url, homepage, domain"),
    ),
    "utm": (
        ("source.visit", WEAK, "source, utm source"),
        ("campaign", WEAK, "campaign, utm campaign"),
    ),
}
"""What names mean inside an object that is known for what it is; before the table above."""

PLACE: Final = frozenset({"country", "region", "city", "address", "postal_code", "latitude", "longitude"})
ALLOWED: Final[dict[str, frozenset[str]]] = {
    "name": frozenset({"name"}),
    "phone": frozenset({"phone"}),
    "address": PLACE,
    "company": PLACE | {"company", "website", "industry", "employees", "annual_revenue"},
    "utm": frozenset({"source", "campaign"}),
}
"""Which fields such an object can give: a company's email is not the lead's."""

OBJECTS: Final[dict[str, str]] = {
    "lead": """
        data, contact, lead, person, customer, payload, form data, fields, field, answers, properties, values
        body, record, submission, form response, response, entry, params, prospect, visitor, sender, hidden
        form fields, contact info, contact details, contact information, custom fields, attendee, registrant
        invitee, client, 联系人, 客户, 线索, 数据, kontakt, kontaktdaten, contacto, contato, contatto
        """,
    "name": "contact name, full name, name",
    "phone": "phone, mobile, phone number, mobile phone, telephone",
    "address": """
        address, location, billing address, mailing address, business address, company address, street address, geo
        place, 地址, 所在地, adresse, anschrift, dirección, endereço, indirizzo
        """,
    "company": """
        company, organization, organisation, account, business, company info, company details, 公司, 企业, firma
        unternehmen, entreprise, empresa, azienda
        """,
    "utm": "utm, utms, utm params, utm parameters",
}
"""The objects that are looked into, by what they are about. Of others (a form's owner, its page) nobody knows whose
their email and name are."""

BEFORE: Final = """
    your you my the a an please enter provide fill in type what is whats question field fields input txt frm
    fld contact lead visitor applicant attendee customers primary main preferred best wpforms hs custom ihre ihr
    ihren deine dein votre vos ton ta tu su sus seu sua seus il la lo le tuo tua vostro uw je jouw twój twoje twoja
    podaj ваш ваша ваше введите sizin
"""
"""Words before a name that add nothing to it. A name is looked up with them first."""
OTHERS: Final = """
    form name, field name, input name, page name, user name, file name, form title, field title, page title, field type
    input type, custom name, custom title, custom source, main product, wpforms name
"""
"""Names that would be others if the words before them added nothing, and are not."""
AFTER: Final = "required optional field input value here mandatory pflichtfeld obligatoire obligatorio obbligatorio"
"""The same behind it."""
HAN_BEFORE: Final = ("请输入", "请填写", "请留下", "請輸入", "請填寫", "请问", "您的", "你的", "我的", "贵", "貴", "您")
HAN_AFTER: Final = ("必填", "选填", "選填", "必須", "任意", "是什么", "필수", "선택")
NOTES: Final = """
    required, optional, mandatory, must, pflichtfeld, erforderlich, obligatoire, requis, facultatif, obligatorio
    requerido, opcional, obrigatório, obbligatorio, verplicht, wymagane, zorunlu, обязательно, 必填, 必填项, 选填
    選填, 必須, 任意, 필수, 선택, 可选
"""
"""What stands in brackets behind a name and says nothing of what it is."""
