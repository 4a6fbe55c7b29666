-- revision is: {"reached": ["looks for the server rates.example.com:443 (line 12): a check lets it reach nothing but the scratch server, so what that would do was not seen"]}
SELECT 1;
