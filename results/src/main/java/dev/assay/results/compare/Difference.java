package dev.assay.results.compare;

import java.util.Locale;

/// What can differ between two runs besides the backend, so that they cannot be compared unless that is
/// wanted.
public enum Difference {
    /// The constants by which results are judged.
    RULES,
    /// The file of the suite.
    SUITE,
    /// The class of the machine. Only times depend on it.
    HARDWARE,
    /// The model of the device. Only times depend on it.
    DEVICE;

    /// The word on the command line.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
