ALTER INDEX events_payload_idx ATTACH PARTITION events_2025_id_idx;
