CREATE TABLE fresh (id int);
CREATE POLICY own_fresh ON fresh USING (true);
