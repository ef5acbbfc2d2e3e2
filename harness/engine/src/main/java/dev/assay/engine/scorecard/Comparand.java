package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;
import java.util.Optional;

/// One output, with everything that a published criterion may hold it against.
public final class Comparand {
    private final DType dtype;
    private final double[] actual;
    private final double[] reference;
    private final Optional<double[]> benchmark;
    private final Optional<DotProduct> dotProduct;
    private final Kind kind;
    private final boolean softCapped;

    /// What kind of operator made the output; some rules have limits for each.
    public enum Kind {
        /// A matrix product.
        PRODUCT,
        /// Attention: products with a softmax between them.
        ATTENTION,
        /// A normalisation.
        NORMALISATION,
        /// Data that is moved and not computed.
        COPY,
        /// Anything else.
        OTHER
    }

    /// Products of which each output element is the sum.
    ///
    /// @param length number of terms, K
    /// @param magnitudes `Σ|a·b|` of each element
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record DotProduct(long length, double[] magnitudes) {}

    private Comparand(
            Kind kind,
            DType dtype,
            double[] actual,
            double[] reference,
            Optional<double[]> benchmark,
            Optional<DotProduct> dotProduct,
            boolean softCapped) {
        check(actual.length, reference.length);
        benchmark.ifPresent(values -> check(actual.length, values.length));
        dotProduct.ifPresent(products -> check(actual.length, products.magnitudes().length));
        this.kind = kind;
        this.dtype = dtype;
        this.actual = actual;
        this.reference = reference;
        this.benchmark = benchmark;
        this.dotProduct = dotProduct;
        this.softCapped = softCapped;
    }

    private static void check(int expected, int count) {
        if (expected != count) {
            throw new IllegalArgumentException(expected + " values of the device and " + count + " beside them");
        }
    }

    /// Values of the device beside those of the reference.
    ///
    /// @param dtype of the output
    /// @param actual what the device returned
    /// @param reference fp64 values, not rounded to the output's type
    public static Comparand of(Kind kind, DType dtype, double[] actual, double[] reference) {
        return new Comparand(kind, dtype, actual, reference, Optional.empty(), Optional.empty(), false);
    }

    /// Adds what a plain implementation in low precision gives, see [LowPrecision].
    public Comparand withBenchmark(double... values) {
        return new Comparand(kind, dtype, actual, reference, Optional.of(values), dotProduct, softCapped);
    }

    /// Adds the sizes of the sums that the elements are.
    public Comparand withDotProduct(long length, double... magnitudes) {
        return new Comparand(
                kind, dtype, actual, reference, benchmark, Optional.of(new DotProduct(length, magnitudes)), softCapped);
    }

    /// Says that the scores of an attention were capped.
    public Comparand withSoftCap() {
        return new Comparand(kind, dtype, actual, reference, benchmark, dotProduct, true);
    }

    int size() {
        return actual.length;
    }

    Kind kind() {
        return kind;
    }

    DType dtype() {
        return dtype;
    }

    boolean softCapped() {
        return softCapped;
    }

    double actual(int i) {
        return actual[i];
    }

    double reference(int i) {
        return reference[i];
    }

    /// The reference as the output's type has it: what rules hold against that compare tensors of one type.
    double rounded(int i) {
        return dtype.round(reference[i]);
    }

    /// What a plain implementation in low precision gives; empty where it is not emulated.
    Optional<double[]> benchmark() {
        return benchmark;
    }

    Optional<DotProduct> dotProduct() {
        return dotProduct;
    }

    /// Whether the device's value and the reference, rounded, are both finite.
    boolean finite(int i) {
        return Double.isFinite(actual[i]) && Double.isFinite(rounded(i));
    }

    /// Whether the device's value and the rounded reference are the same infinity, or both NaN.
    boolean sameSpecial(int i) {
        double expected = rounded(i);
        return Double.isNaN(actual[i]) ? Double.isNaN(expected) : Double.isInfinite(actual[i]) && actual[i] == expected;
    }
}
