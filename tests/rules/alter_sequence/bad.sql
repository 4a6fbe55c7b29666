ALTER SEQUENCE invoice_number_seq RESTART WITH 1;
