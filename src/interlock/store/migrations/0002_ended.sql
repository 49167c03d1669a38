-- Lists of what has ended, in the order of the ends, and their counts: without this, each would read every row.
-- A row enters at its end and mostly stays, so a commit pays one entry for each thing that ends.
CREATE INDEX state_ended ON state (kind, status, pos) WHERE phase <> 1 AND kind IN ('task', 'message');
