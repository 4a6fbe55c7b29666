CREATE FUNCTION later_code() RETURNS text LANGUAGE sql AS 'SELECT ''x''';
