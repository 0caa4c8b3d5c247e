"""The entry the form is filled with: parties are made up, places are real."""

EXAMPLE_ENTRY = """\
{
  "intent": "draft",
  "entry_number": "B76-0324527-8",
  "entry_type": "01",
  "filer_code": "B76",
  "port_of_entry": "2704",
  "mode_of_transport": "11",
  "importer": {"number": "12-3456789AB", "name": "Harbor Outfitters LLC", "country": "US"},
  "export_country": "CN",
  "export_date": "2026-10-28",
  "arrival_date": "2026-11-16",
  "bills_of_lading": ["OOLU2634418870"],
  "route": [
    {"role": "stuffing", "unlocode": "CNDDG", "country": "CN"},
    {"role": "lading", "unlocode": "CNDLC", "country": "CN"},
    {"role": "transshipment", "unlocode": "KRPUS", "country": "KR"},
    {"role": "unlading", "unlocode": "USLAX", "country": "US"}
  ],
  "lines": [
    {
      "hts": "6201407511",
      "description": "men's padded jackets, man-made fibres",
      "origin_country": "CN",
      "manufacturer": {
        "mid": "CNEXATRA12DAN",
        "name": "Example Trading Garment Co., Ltd.",
        "address": "12 Zhenxing Road",
        "city": "Dandong",
        "postal_code": "118000",
        "country": "CN"
      },
      "entered_value_usd": "48250.00",
      "quantity": 2500,
      "quantity_unit": "NO",
      "gross_weight_kg": 1890,
      "duty_rate_percent": "27.7"
    }
  ]
}
"""
