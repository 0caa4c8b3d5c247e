"""One entry to show things by: padded jackets from Dandong; parties made up, places real."""

from typing import Any


def example_entry() -> dict[str, Any]:
    """Return a draft of the wire contract, a new one each time."""
    return {
        "intent": "draft",
        "entry_number": "B76-0324527-8",
        "revision": 1,
        "entry_type": "01",
        "filer_code": "B76",
        "port_of_entry": "2704",
        "mode_of_transport": "11",
        "importer": {"number": "12-3456789AB", "name": "Harbor Outfitters LLC", "country": "US"},
        "export_country": "CN",
        "export_date": "2026-10-28",
        "arrival_date": "2026-11-16",
        "carrier_scac": "OOLU",
        "bills_of_lading": ["OOLU2634418870"],
        "containers": ["OOLU9182731"],
        "route": [
            {"unlocode": "CNDDG", "country": "CN", "role": "stuffing"},
            {"unlocode": "CNDLC", "country": "CN", "role": "lading"},
            {"unlocode": "KRPUS", "country": "KR", "role": "transshipment"},
            {"unlocode": "USLAX", "country": "US", "role": "unlading"},
        ],
        "lines": [
            {
                "line_number": 1,
                "hts": "6201407511",
                "description": "men's padded jackets, man-made fibres",
                "origin_country": "CN",
                "manufacturer": {
                    "mid": "CNEXATRA12DAN",
                    "name": "Example Trading Garment Co., Ltd.",
                    "address": "12 Zhenxing Road",
                    "city": "Dandong",
                    "postal_code": "118000",
                    "country": "CN",
                },
                "seller": {"name": "Example Trading (HK) Ltd", "country": "HK"},
                "entered_value_usd": "48250.00",
                "quantity": 2500,
                "quantity_unit": "NO",
                "gross_weight_kg": 1890,
                "duty_rate_percent": "27.7",
            }
        ],
    }
