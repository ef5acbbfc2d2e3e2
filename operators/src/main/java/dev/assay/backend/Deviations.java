package dev.assay.backend;

import java.util.List;

/// Offered by a provider whose device can be made to deviate on purpose, such as the simulated accelerator.
///
/// The judge never asks for this: it must find a fault, and spare a variation, from the outputs alone. Only the
/// scorer that judges the judge reads it.
public interface Deviations {
    List<Entry> deviations();

    /// Options that select its devices, one after the other; every deviation can be switched on in each of them. The
    /// default is the one device that opens without options.
    default List<BackendOptions> devices() {
        return List.of(BackendOptions.NONE);
    }

    /// One named deviation.
    ///
    /// @param id the value of the option `fault` or `variation`
    /// @param kind whether the judge must object
    /// @param operators the operators that it changes
    /// @param layers for a fault: layers of the judge one of which is expected to catch it; empty for a variation
    /// @param catalogue id in the catalogue of known kernel bugs, such as `G01`, or number of the legitimate
    ///     variation; empty if it is in neither
    /// @param diagnoses for a fault: codes of the diagnoses that name it rightly
    /// @param what one sentence
    record Entry(
            String id,
            Kind kind,
            List<String> operators,
            List<String> layers,
            String catalogue,
            List<String> diagnoses,
            String what) {
        public Entry {
            operators = List.copyOf(operators);
            layers = List.copyOf(layers);
            diagnoses = List.copyOf(diagnoses);
        }
    }

    /// Whether a deviation is wrong or merely another right way.
    enum Kind {
        FAULT,
        VARIATION
    }
}
