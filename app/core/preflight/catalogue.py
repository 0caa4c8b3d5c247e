"""Every code that preflight gives: how severe it can be, what it says, where the rule is from."""

from dataclasses import dataclass

from app.core.preflight.finding import Severity


@dataclass(frozen=True, slots=True)
class Check:
    """One code of preflight.

    `severities` are those it can have; `source` names the rule; a rule that is not `verified` was
    not compared with its primary text and never makes an error.
    """

    code: str
    severities: tuple[Severity, ...]
    about: str
    source: str
    verified: bool


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
_MID = "appendix to 19 CFR part 102"
_TABLE = "our tariff tables"
_OWN = "own"

CHECKS = (
    Check("ENTRY_TYPE_UNKNOWN", (_W,), "The entry type is none of those known here.", "CBP", False),
    Check("FILED_WITHOUT_NUMBER", (_I,), "Filed without an entry number: recorded, never "
          "history.", _OWN, True),
    Check("ENTRY_NUMBER_CHECK_DIGIT", (_W,), "The entry number's check digit is another.",
          "CBP, computed by us", False),
    Check("FILER_CODE_MISMATCH", (_W,), "The filer code is not the one the entry number begins "
          "with.", "CBP entry number", True),
    Check("PORT_UNKNOWN", (_W,), "The port of entry is in no table of Schedule D.",
          "Schedule D, vintage unknown", False),
    Check("IMPORTER_NUMBER_FORM", (_W,), "The importer number has none of the three forms.",
          "19 CFR 24.5", False),
    Check("CONTAINER_FORM", (_W,), "The container number is not of the form of ISO 6346.",
          "ISO 6346", False),
    Check("CONTAINER_CHECK_DIGIT", (_W,), "The container number's check digit is another.",
          "ISO 6346", False),
    Check("BILL_FORM", (_W,), "The bill number does not begin with its issuer's letters; by air, "
          "it is no waybill number.", "CBP ACE manifest", False),
    Check("BILL_CARRIER_DIFFERS", (_I,), "The bill begins with other letters than the carrier's.",
          "CBP ACE manifest", False),
    Check("DATE_FAR_AWAY", (_W,), "A date before 1989 or years after the reference tables.", _OWN,
          True),
    Check("ARRIVAL_BEFORE_EXPORT", (_W,), "Arrived before it was exported.", _OWN, True),
    Check("DATES_FAR_APART", (_W,), "More than a year from export to arrival.", _OWN, True),
    Check("ENTRY_DATE_LATE", (_W,), "Entered more than 15 days after arrival, for types that are "
          "entered on landing.", "19 CFR 142.2(a)", False),
    Check("ROUTE_COUNTRY_MISMATCH", (_W,), "A leg's country is not that of its UN/LOCODE.",
          "UN/LOCODE", True),
    Check("ROUTE_PORT_UNKNOWN", (_I,), "A leg's Schedule D or K code is in no table.",
          "Schedules D and K", False),
    Check("HTS_OBSOLETE", (_E, _W), "The code was not in force on the date. A warning where the "
          "tables say too little of that day, or for another country's tariff.", _TABLE, True),
    Check("HTS_UNKNOWN", (_E, _W), "The code is in no table. A warning as above.", _TABLE, True),
    Check("HTS_OVERLAY", (_W,), "A code of chapter 98 or 99 alone does not say what the goods are.",
          "HTSUS chapters 98 and 99", False),
    Check("HTS_DIGITS", (_I,), "Fewer than the ten digits an entry is filed with.", "HTSUS", True),
    Check("VALUE_ZERO", (_W,), "The entered value is zero.", _OWN, True),
    Check("WEIGHT_MISSING", (_I,), "No gross weight is declared.", _OWN, True),
    Check("WEIGHT_ZERO", (_W,), "The gross weight is zero.", _OWN, True),
    Check("ORIGIN_ROUTE_DIFFERS", (_W,), "The route names another origin than the line.", _OWN,
          True),
    Check("ORIGIN_NOT_ON_ROUTE", (_I,), "Neither route nor export country passes the origin.",
          _OWN, True),
    Check("MID_COUNTRY_MISMATCH", (_W,), "The MID begins with another country than the "
          "manufacturer's.", _MID, True),
    Check("MID_ORIGIN_DIFFERS", (_W, _I), "The MID begins with another country than the origin: a "
          "warning for textiles, whose MID must name it; else worth knowing.", _MID, True),
    Check("MID_CANADA", (_W,), "CA begins no MID; Canada's begin with a province.", _MID, True),
    Check("MID_FORM", (_W,), "The MID can't be cut into country, name, number and city.", _MID,
          True),
    Check("MID_NAME_DIFFERS", (_W,), "The MID's name part is of no word of the name.", _MID, True),
    Check("MID_STREET_DIFFERS", (_W,), "The MID's number is none of the address.", _MID, True),
    Check("MID_CITY_DIFFERS", (_W,), "The MID does not end with the city's first letters.", _MID,
          True),
    Check("CN_POSTAL_CODE", (_E,), "A manufacturer in China without a postal code of six digits, "
          "on or after 2023-03-18.", "CBP, 2023-03-18", True),
    Check("CN_POSTAL_XINJIANG", (_W,), "The postal code begins like those of Xinjiang.",
          "CBP, 2023-03-18; prefixes are ours", False),
    Check("CN_POSTAL_PROVINCE", (_W,), "The postal code begins like those of no province.", _OWN,
          False),
    Check("CN_POSTAL_TOWN_DIFFERS", (_W,), "The town is in Xinjiang, the postal code is not.",
          "our table of places", False),
)  # fmt: skip
