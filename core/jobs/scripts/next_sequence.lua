-- ARGV: prefix, '' (no job)
-- Returns the number of a request that has no job of its own; nothing if none is reserved.
return next_sequence()
