package dev.assay.operator.signal;

import dev.assay.operator.Operator;
import java.util.List;

/// The catalogue of this family.
public final class SignalOperators {
    public static final List<Operator> ALL = List.of(
            new BlackmanWindow(),
            new Dft(),
            new FftN(),
            new HammingWindow(),
            new HannWindow(),
            new SpectralConv(),
            new Stft());

    private SignalOperators() {}
}
