package dev.assay.engine.selftest;

import java.util.List;

/// What an examination of the judge sets out to do. Written down, so that it can go on later.
///
/// @param schema version of this format
/// @param ruleConstants fingerprint of the constants that the judge stands on
/// @param gridSha256 over the grid
/// @param version of Assay
/// @param commit of Assay's source
/// @param level how much of the grid
/// @param seed of the inputs, the first of `seeds`
/// @param seeds that every case is met with
/// @param tensors of right kernels to judge; 0 for an examination with mutants
/// @param backends ids or `id:key=value,...` of devices; empty for all that are installed
/// @param faults ids; empty for all, unless variations are named
/// @param variations ids; empty for all, unless faults are named
/// @param cases ids; empty for all
public record Settings(
        int schema,
        String ruleConstants,
        String gridSha256,
        String version,
        String commit,
        Level level,
        long seed,
        int seeds,
        long tensors,
        List<String> backends,
        List<String> faults,
        List<String> variations,
        List<String> cases) {
    public static final int SCHEMA = 1;

    public Settings {
        backends = List.copyOf(backends);
        faults = List.copyOf(faults);
        variations = List.copyOf(variations);
        cases = List.copyOf(cases);
    }

    /// How much of the grid is met.
    public enum Level {
        /// Every fault a few times; goals are held only as far as so few can refute them.
        QUICK(3, 1, 3),
        /// Every fault on a few dozen cases.
        STANDARD(48, 16, 48),
        /// All there is.
        LONG(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

        private final int casesOfAFault;
        private final int casesOfAVariation;
        private final int casesOfADevice;

        Level(int casesOfAFault, int casesOfAVariation, int casesOfADevice) {
            this.casesOfAFault = casesOfAFault;
            this.casesOfAVariation = casesOfAVariation;
            this.casesOfADevice = casesOfADevice;
        }

        int casesOfAFault() {
            return casesOfAFault;
        }

        int casesOfAVariation() {
            return casesOfAVariation;
        }

        /// Of a device without deviations.
        int casesOfADevice() {
            return casesOfADevice;
        }
    }

    /// Whether only right kernels are judged.
    public boolean variationsOnly() {
        return tensors > 0;
    }

    boolean wantsFault(String id) {
        return !variationsOnly() && (faults.contains(id) || (faults.isEmpty() && variations.isEmpty()));
    }

    boolean wantsVariation(String id) {
        return variations.contains(id) || (faults.isEmpty() && variations.isEmpty());
    }

    boolean wantsCase(String id) {
        return cases.isEmpty() || cases.contains(id);
    }
}
