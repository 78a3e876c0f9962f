-- ARGV: prefix, '' (no job)
-- Returns the number of a request that has no job of its own.
return next_sequence()
