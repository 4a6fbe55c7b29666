-- revision is: {"problem": "its SQL could not be rendered: NoInspectionAvailable: it asks a connection"}
SELECT 1;
