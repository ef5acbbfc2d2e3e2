package dev.assay.baselines.planted;

/// What a violation of [dev.assay.cli.ArchitectureTest] names.
public final class NamedBaseline {
    private NamedBaseline() {}
}
