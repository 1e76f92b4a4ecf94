"""People and moments of the tests."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.warehouse.documents.parts import Contact

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
"""`2026-11-22 09:30:00` in China."""

PERSON = Contact(
    name="张三", mobile="13800000000", province="浙江省", city="杭州市", address="文一西路 1 号"
)
PERSON_XML = """<name>张三</name><mobile>13800000000</mobile><province>浙江省</province>
    <city>杭州市</city><detailAddress>文一西路 1 号</detailAddress>"""

FULL_PERSON = Contact(
    person_id="P1",
    company="茶园",
    name="张三",
    zip_code="310000",
    phone="0571-1",
    mobile="13800000000",
    email="z@example.com",
    identity_type="1",
    identity_number="330100",
    country_code="CN",
    province="浙江省",
    city="杭州市",
    district="西湖区",
    town="留下镇",
    address="文一西路 1 号",
    oaid="oa1",
    remark="门卫收",
)
FULL_PERSON_XML = """<id>P1</id><company>茶园</company><name>张三</name><zipCode>310000</zipCode>
    <tel>0571-1</tel><mobile>13800000000</mobile><email>z@example.com</email><idType>1</idType>
    <idNumber>330100</idNumber><countryCode>CN</countryCode><province>浙江省</province>
    <city>杭州市</city><area>西湖区</area><town>留下镇</town>
    <detailAddress>文一西路 1 号</detailAddress><oaid>oa1</oaid><remark>门卫收</remark>"""
