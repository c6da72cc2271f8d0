import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

BUNDLE = Path(__file__).resolve().parents[2] / "contracts" / "certificates" / "rds-global-bundle.pem"
# A root that ends sooner than this is to be renewed now.
NOTICE = timedelta(days=90)


def test_every_certificate_is_a_root_of_amazon_rds_that_is_valid_for_long() -> None:
    certificates = x509.load_pem_x509_certificates(BUNDLE.read_bytes())
    assert len(certificates) >= 3
    now = datetime.now(UTC)
    for certificate in certificates:
        (organisation,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        (unit,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        assert (organisation.value, unit.value) == ("Amazon Web Services, Inc.", "Amazon RDS")
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(certificate)
        assert certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - NOTICE, certificate.subject
    assert len({certificate.serial_number for certificate in certificates}) == len(certificates)


def test_each_region_has_a_root_of_every_kind_of_key() -> None:
    names = [
        str(each.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        for each in x509.load_pem_x509_certificates(BUNDLE.read_bytes())
    ]
    kinds: dict[str, set[str]] = {}
    for name in names:
        if match := re.fullmatch(r"Amazon RDS (\S+) Root CA (RSA2048|RSA4096|ECC384) G1", name):
            kinds.setdefault(match[1], set()).add(match[2])
    assert {"eu-central-1", "eu-west-1", "us-east-1"} <= kinds.keys()
    assert set(map(frozenset, kinds.values())) == {frozenset({"RSA2048", "RSA4096", "ECC384"})}


def test_the_bundle_is_small_enough_to_be_in_every_package() -> None:
    assert BUNDLE.stat().st_size < 500_000
