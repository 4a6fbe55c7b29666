ALTER INDEX events_payload_idx RENAME TO events_id_idx;
