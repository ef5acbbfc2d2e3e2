package dev.assay.cli.planted;

import dev.assay.baselines.planted.NamedBaseline;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class CommandThatNamesABaseline {
    private CommandThatNamesABaseline() {}

    static Object violation() {
        return NamedBaseline.class;
    }
}
