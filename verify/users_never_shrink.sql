-- name: users never shrink
-- expect: not shrinking
SELECT count(*) FROM users
