"""The ids that examples in the documentation use; the tests make rows that have them, and send every example."""

IDS = {
    "customer_id": "01930f5e-7c00-7000-8000-000000000001",
    "employee_id": "01930f5e-7c00-7000-8000-000000000002",
    "product_id": "01930f5e-7c00-7000-8000-000000000003",
    "transaction_id": "01930f5e-7c00-7000-8000-000000000004",
    "line_id": "01930f5e-7c00-7000-8000-000000000005",
    "conversation_id": "01930f5e-7c00-7000-8000-000000000006",
    "person_id": "01930f5e-7c00-7000-8000-000000000007",
    "import_id": "01930f5e-7c00-7000-8000-000000000008",
    "notice_id": "01930f5e-7c00-7000-8000-000000000009",
    "schedule_id": "01930f5e-7c00-7000-8000-000000000010",
    "rule_id": "01930f5e-7c00-7000-8000-000000000012",
    "code_field": "customer.source",
    "band_field": "customer.spent",
    "segment_id": "01930f5e-7c00-7000-8000-000000000011",
    "breaks_id": "01930f5e-7c00-7000-8000-000000000012",
    "run_id": "01930f5e-7c00-7000-8000-000000000013",
    "record_kind": "customer",
    "record_id": "01930f5e-7c00-7000-8000-000000000001",
    "note_id": "01930f5e-7c00-7000-8000-000000000130",
    "view_id": "01930f5e-7c00-7000-8000-000000000014",
}
