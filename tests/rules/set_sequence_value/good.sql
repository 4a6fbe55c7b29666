SELECT currval('invoice_number_seq');
