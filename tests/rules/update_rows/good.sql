INSERT INTO strategies (name) VALUES ('grid') ON CONFLICT DO NOTHING;
