package dev.assay.results;

/// What identifies a row of a run.
public record RowKey(String suite, String caseId, long seed, String backend, String backendOptions) {}
