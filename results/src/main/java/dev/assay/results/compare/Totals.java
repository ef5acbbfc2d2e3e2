package dev.assay.results.compare;

/// How many cases there were: the denominators.
///
/// @param base cases of the base
/// @param cand cases of the candidate
/// @param both in both
/// @param passed in both, and passed in both
/// @param timed of these, with samples on both sides
public record Totals(long base, long cand, long both, long passed, long timed) {}
