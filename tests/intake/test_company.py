from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.company import name_company


@pytest.mark.parametrize(
    "names",
    [
        ("Acme Inc.", "ACME, Inc", "Acme Incorporated", "The Acme Company", "Ａｃｍｅ  Co., Ltd.", "acme"),
        ("Smith & Sons GmbH & Co. KG", "Smith and Sons", "Smith+Sons Ltd"),
        ("L'Oréal S.A.", "Loreal SA", "L’OREAL"),
        ("I.B.M. Corp", "IBM"),
        ("上海示例科技有限公司", "上海示例科技股份有限公司", "上海 示例科技", "上海示例科技集团有限公司"),
        ("华例（上海）有限公司", "华例(上海)公司"),
        ("株式会社例製作所", "例製作所株式会社", "例製作所"),
        ("예시전자 주식회사", "예시전자"),
        ("ООО Ромашка", "Ромашка"),
        ("PT Contoh Tbk", "Contoh"),
        ("A B Exempel", "AB Exempel", "Exempel AB"),
    ],
)
def test_equal_companies_have_equal_keys(names: tuple[str, ...]) -> None:
    read = [name_company(name) for name in names]
    assert len(set(read)) == 1, read


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("华例（上海）有限公司", "华例（北京）有限公司"),
        ("Acme Tools", "Acme Pools"),
        ("Vitamin E", "Vitamin"),
        ("示例集团", "示列集团"),
        ("Ltd", "Inc"),
        ("有限公司", "公司"),
    ],
)
def test_different_companies_have_different_keys(one: str, other: str) -> None:
    assert name_company(one) != name_company(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Robinson-Perry", "Robinson Pery Ltd"),
        ("上海示例科技有限公司", "示例科技"),
        ("深圳市示例电子有限公司", "示例电子(深圳)"),
        ("示例科技", "示例信息科技"),
    ],
)
def test_close_spellings_share_a_block(one: str, other: str) -> None:
    first, second = name_company(one), name_company(other)
    assert first is not None
    assert second is not None
    assert first.block == second.block


@given(st.text(min_size=1, max_size=40))
def test_a_name_has_a_key_unless_it_is_blank(name: str) -> None:
    read = name_company(name)
    if read is None:
        assert not name.strip("".join(chr(n) for n in range(0x110000) if chr(n).isspace())) or not name.isprintable()
    else:
        assert read.key
        assert read.block
