"""Fields are recognised by what forms call them, in the languages of forms; and nothing is that could be two things."""

import re
from typing import Any

import pytest

from app.intake.field_names import NAMES
from app.intake.mapping import RECOGNISED, FieldMapping, apply
from app.intake.name_contexts import INSIDE, OBJECTS
from app.intake.normalise import FIELDS
from app.intake.recognition import claimed, meant, recognised_heading
from app.intake.text import plain
from app.intake.unknown import unknown_field

ANYTHING = FieldMapping()

OTHERS = """
    input_3 | 微信 | 联系方式 | consent | newsletter | fax | page_url | url | form_name | form[name] | form[id] | q4
    | id | ID | 编号 | event_id | form_id | contact_id | Customer ID | lead[id]
    | user_name | email / phone | Email me offers | Name (of your pet) | cargo | CAP | subject | number | 12 | *
    | _ | owner_email | email_opt_in | date | type | status | confirm your email maybe | 预算（很多）
"""


def fields(tree: dict[str, Any]) -> dict[str, Any]:
    return apply(ANYTHING, tree).fields


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("email", "E-Mail* | your-email | Your E-mail: | email_1 | q4_email | WORK_EMAIL | workEmail | EMailAddress"),
        (
            "email",
            "邮箱（必填） | 请输入您的邮箱 | 電子郵件 | Correo electrónico | Adresse e-mail (obligatoire) | E-posta",
        ),
        ("email", "Электронная почта | メールアドレス【必須】 | 이메일(필수) | Seu melhor email | e-mailadres"),
        (
            "phone",
            "手机 | 联系电话 | 手機號碼 | Teléfono | Téléphone | Telefonnummer | telefone | Numer telefonu | tel-123",
        ),
        (
            "phone",
            "Telefon numarası | Номер телефона | 電話番号 | 휴대폰 번호 | Phone (mobile) | What is your phone number?",
        ),
        (
            "company",
            "公司名称 | 贵公司名称 | 公司名稱 | Firma | Unternehmen | Société | Empresa | Azienda | Bedrijfsnaam",
        ),
        ("company", "Nazwa firmy | Şirket adı | Компания | 会社名 | 회사명 | companyName | Organisation"),
        (
            "title",
            "职位 | 職稱 | Job Title | jobtitle | Poste | Puesto | Stanowisko | Должность | 役職 | 직책 | Functie",
        ),
        (
            "industry",
            "所属行业 | 行業 | Branche | Secteur d’activité | Rubro | Settore | Branża | Sektör | Отрасль | 業種",
        ),
        (
            "employees",
            "员工人数 | Mitarbeiterzahl | Nombre d'employés | Número de empleados | Çalışan sayısı | 従業員数",
        ),
        ("country", "国家 | 國家 | Land | Pays | País | Paese | Kraj | Ülke | Страна | 国 | 국가 | Country/Region"),
        (
            "region",
            "省份 | 所在地区 | Bundesland | Provincia | Województwo | Область | 都道府県 | 시/도 | State / Province",
        ),
        (
            "city",
            "城市 | 縣市鄉鎮 | Stadt | Ville | Ciudad | Cidade | Città | Woonplaats | Miasto | Şehir | Город | 도시",
        ),
        ("postal_code", "邮编 | 郵遞區號 | PLZ | Code postal | Código postal | Kod pocztowy | Индекс | 郵便番号 | Zip"),
        ("product", "意向产品 | 產品 | Produkt | Produit | Producto | Prodotto | Ürün | Продукт | 製品名 | 제품"),
        (
            "need",
            "留言 | 需求描述 | 備註 | Ihre Nachricht | Votre message | Mensaje | Mensagem | Richiesta | Wiadomość",
        ),
        ("need", "Mesajınız | Сообщение | お問い合わせ内容 | 문의내용 | your-message | How can we help?"),
        (
            "budget",
            "预算 | 項目預算 | Presupuesto | Orçamento | Budżet | Bütçe | Бюджет | ご予算 | 예산 | Projektbudget",
        ),
        ("website", "官网 | 網站 | Website | Webseite | Site web | Sitio web | Strona www | Сайт | ホームページ"),
        ("language", "语言 | Sprache | Langue | Idioma | Lingua | Taal | Język | Dil | Язык | 言語 | 언어 | locale"),
        ("source", "来源 | 线索来源 | lead_source | LeadSource | Kaynak | Источник"),
        ("campaign", "utm_campaign | Campaign Name | 营销活动"),
        ("referrer", "referrer | HTTP_REFERER"),
        (
            "external_id",
            "external_id | External Id | Lead ID | lead_id | leadId | Record ID | record_id | CRM ID | submission_id",
        ),
        ("external_id", "外部编号（选填） | lead[lead_id] | Externe ID | Código do lead | Harici ID | 外部ID"),
        (
            "external_id",
            "线索编号 | 线索ID | 记录编号 | 记录ID | 数据编号 | 外部编号 | 線索編號 | 資料編號",
        ),
        (
            "external_id",
            "Datensatz-ID | Identifiant externe | ID del registro | Numer leada | ID лида | レコードID | 리드 번호",
        ),
        ("do_not_contact", "do_not_contact | Do not contact | 请勿联系"),
        (
            "name",
            "姓名 | 您的姓名 | Full name | full_name | nome completo | Nombre y apellidos | Imię i nazwisko | Ad Soyad",
        ),
        ("name", "ФИО | お名前 | 성함 | Vor- und Nachname | Volledige naam | 聯絡人 | contact name"),
    ],
)
def test_a_field_is_recognised_by_what_forms_call_it(field: str, names: str) -> None:
    value = {"do_not_contact": "yes"}.get(field, "x")
    for name in names.split(" | "):
        assert fields({name: value}) == {field: value}, name


@pytest.mark.parametrize(
    "name",
    [name.strip() for name in OTHERS.split("|")],
)
def test_a_name_that_could_be_something_else_is_not_guessed(name: str) -> None:
    assert fields({name: "yes"}) == {"attributes": {name: "yes"}}


@pytest.mark.parametrize(
    ("tree", "name"),
    [
        ({"Vorname": "Ann", "Nachname": "Muster"}, "Ann Muster"),
        ({"Name": "Muster", "Vorname": "Ann"}, "Ann Muster"),
        ({"Nom": "Exemple", "Prénom": "Anne"}, "Anne Exemple"),
        ({"Nome": "Anna", "Cognome": "Esempio"}, "Anna Esempio"),
        ({"Nombre": "Ana", "Apellidos": "Ejemplo Prueba"}, "Ana Ejemplo Prueba"),
        ({"last_name": "Doe", "middleName": "Q", "first_name": "Jo"}, "Jo Q Doe"),
        ({"Фамилия": "Примерова", "Имя": "Анна"}, "Анна Примерова"),
        ({"姓": "张", "名": "小样"}, "张小样"),
        ({"first_name": "小样", "last_name": "张"}, "张小样"),
        ({"성": "김", "이름": "예시"}, "김예시"),
        ({"姓": "Zhang", "名": "Xiao"}, "Xiao Zhang"),
        ({"nome": "Anna Esempio"}, "Anna Esempio"),
        ({"first_name": "Jo"}, "Jo"),
        ({"q3_name": {"prefix": "", "first": "Jo", "last": "Doe"}}, "Jo Doe"),
        ({"q3_name[first]": "Jo", "q3_name[last]": "Doe"}, "Jo Doe"),
        ({"contact[first_name]": "Jo", "contact[last_name]": "Doe"}, "Jo Doe"),
    ],
)
def test_the_parts_of_a_name_are_joined_in_the_order_of_its_script(tree: dict[str, Any], name: str) -> None:
    assert fields(tree) == {"name": name}


def test_a_whole_name_is_not_joined_with_its_own_parts() -> None:
    for tree in (
        {"name": "Jo Doe", "first_name": "Jo", "last_name": "Doe"},
        {"name": "Jo Doe", "first_name": "Jo"},
        {"full name": "Jo Doe", "first_name": "Jo", "last_name": "Doe"},
    ):
        assert fields(tree)["name"] == "Jo Doe"
        assert fields(tree)["attributes"]["first_name"] == "Jo"


def test_of_two_that_claim_a_field_the_more_specific_wins_then_the_first_and_the_other_is_kept() -> None:
    assert fields({"email": "a@example.com", "work_email": "b@example.com"}) == {
        "email": "b@example.com",
        "attributes": {"email": "a@example.com"},
    }
    assert fields({"tel": "1", "phone": "2"}) == {"phone": "1", "attributes": {"phone": "2"}}
    assert fields({"email_2": "b@example.com", "email_1": "a@example.com"})["email"] == "a@example.com"
    assert fields({"备注": "n", "需求描述": "d"}) == {"need": "d", "attributes": {"备注": "n"}}
    assert fields({"email": " ", "mail": "a@example.com"}) == {"email": "a@example.com"}


def test_objects_about_the_lead_are_looked_into_the_shallowest_first() -> None:
    assert fields({"data": {"email": "a@example.com", "size": 3}}) == {
        "email": "a@example.com",
        "attributes": {"data": {"size": 3}},
    }
    assert fields({"contact": {"work_email": "b@example.com"}, "mail": "a@example.com"})["email"] == "a@example.com"
    assert fields({"payload": {"contact": {"email": "a@example.com"}}}) == {"email": "a@example.com"}
    deep = {"data": {"payload": {"contact": {"email": "a@example.com"}}}}
    assert fields(deep) == {"attributes": deep}
    assert fields({"properties": {"email": {"value": "a@example.com", "versions": [1]}}}) == {
        "email": "a@example.com",
        "attributes": {"properties": {"email": {"versions": [1]}}},
    }


def test_an_object_about_something_else_gives_the_lead_nothing() -> None:
    tree = {"owner": {"email": "o@example.com", "name": "O"}, "page": {"name": "P"}, "form": {"name": "F"}}
    assert fields(tree) == {"attributes": tree}
    assert fields({"company": {"name": "Sample Ltd", "email": "c@example.com", "size": 5}}) == {
        "company": "Sample Ltd",
        "employees": 5,
        "attributes": {"company": {"email": "c@example.com"}},
    }


def test_the_parts_of_addresses_and_numbers_are_joined() -> None:
    assert fields({"Straße": "Beispielweg", "Hausnummer": "5", "PLZ": "00000", "Ort": "Musterstadt"}) == {
        "address": "Beispielweg 5",
        "postal_code": "00000",
        "city": "Musterstadt",
    }
    assert fields({"address": {"addr_line1": "1 Sample Rd", "addr_line2": "Unit 2", "state": "TX", "postal": "0"}}) == {
        "address": "1 Sample Rd, Unit 2",
        "region": "TX",
        "postal_code": "0",
    }
    assert fields({"地址": {"province": "广东", "city": "深圳", "district": "南山区", "detail": "样例路1号"}}) == {
        "region": "广东",
        "city": "深圳",
        "address": "南山区样例路1号",
    }
    assert fields({"phone": {"area": "030", "phone": "0000000"}}) == {"phone": "030 0000000"}
    assert fields({"phone": {"countryCode": "86", "number": "10000000000"}})["phone"] == "10000000000"


def test_a_unit_in_brackets_goes_with_the_number() -> None:
    assert fields({"预算（万元）": "50-80"}) == {"budget": "50-80万元"}
    assert fields({"Budget (k EUR)": 50}) == {"budget": "50000 eur"}
    assert fields({"Budget (EUR)": "1.5k"}) == {"budget": "1.5k eur"}


def test_where_a_visit_came_from_is_the_source_only_if_nothing_else_is() -> None:
    assert fields({"utm_source": "ads"}) == {"source": "ads", "attributes": {"utm_source": "ads"}}
    assert fields({"utm_source": "ads", "data": {"来源": "展会"}}) == {
        "source": "展会",
        "attributes": {"utm_source": "ads"},
    }
    assert fields({"utm": {"source": "ads", "campaign": "spring"}}) == {
        "source": "ads",
        "campaign": "spring",
        "attributes": {"utm": {"source": "ads"}},
    }
    assert apply(FieldMapping(defaults={"source": "expo"}), {"utm_source": "ads"}).fields["source"] == "expo"


def test_checkboxes_are_joined_and_a_yes_is_no_name() -> None:
    assert fields({"product": ["A", " ", "B"]}) == {"product": "A, B"}
    assert fields({"products[]": ["A", "B"]}) == {"product": "A, B"}
    assert fields({"email": [False]}) == {"attributes": {"email": [False]}}
    assert fields({"email": True}) == {"attributes": {"email": True}}
    assert fields({"email": {"opted_in": True}}) == {"attributes": {"email": {"opted_in": True}}}
    assert fields({"customer": "Sample Ltd"}) == {"attributes": {"customer": "Sample Ltd"}}
    assert fields({"customer": "老客户"}) == {"customer": "老客户"}


def test_the_contract_s_own_names_are_recognised_and_its_attributes_stay_attributes() -> None:
    values = {"customer": "new", "do_not_contact": True}
    tree = {name: values.get(name, "7") for name in RECOGNISED} | {"attributes": {"email": "kept", "a": {"b": 1}}}
    assert fields(tree) == tree
    assert fields({"attributes": {"a": 1}, "a": 2}) == {"attributes": {"a": 1, "a_": 2}}


@pytest.mark.parametrize("none", ["0", "-", "null", "N/A", "无", 0])
def test_what_stands_where_there_is_no_id_is_not_taken_for_one(none: Any) -> None:
    assert fields({"lead_id": none, "Record ID": "R-7"}) == {"external_id": "R-7", "attributes": {"lead_id": none}}


def _listed(names: str) -> list[str]:
    return [name.strip() for name in re.split(r"[,\n]", names) if name.strip()]


def test_each_name_of_the_table_stands_for_one_thing() -> None:
    seen: dict[str, str] = {}
    for target, _, names in NAMES:
        assert target.partition(".")[0] in FIELDS
        for name in _listed(names):
            key = plain(name).replace(" ", "")
            assert key, name
            assert seen.setdefault(key, target) == target, name
            claim = claimed(name)
            assert claim is not None, name
            assert claim.field == target.partition(".")[0], name
    for about, rows in INSIDE.items():
        assert about in OBJECTS
        for target, _, names in rows:
            assert target.partition(".")[0] in FIELDS
            for name in _listed(names):
                found = claimed(name, about)
                assert found is not None, (about, name)
                assert found.field == target.partition(".")[0], (about, name)


def test_a_heading_is_a_field_and_what_was_meant_is_suggested_in_any_language() -> None:
    assert recognised_heading("手机号码") == "phone"
    assert recognised_heading("First Name") is None
    assert meant("First Name") == "name"
    assert meant("utm_source") is None
    assert recognised_heading("x" * 10_000) is None
    told = unknown_field("手机", FIELDS)
    assert (told.code, told.value) == ("misspelt_field", "phone")
    assert unknown_field("emial", FIELDS).value == "email"
    assert unknown_field("shoe_size", FIELDS).code == "unknown_field"
