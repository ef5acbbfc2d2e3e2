package dev.assay.operator.gemm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.operator.Probe;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Data sets of the gradients of products, made for the product `dYᵀ · X` that gives the gradient of
/// weights.
public final class GradientFills {
    private GradientFills() {}

    /// What an operand holds under a data set of two partners.
    ///
    /// @param partner whether it is the right operand of the product that the data set is made for
    public static Fill of(boolean partner, Fill dataSet, Supplier<Fill> otherwise) {
        return switch (Fills.nameOf(dataSet)) {
            case "cancelling", "annulling" -> partner ? Fills.of("repeating") : dataSet;
            case "outliers" -> partner ? Fills.of("normal", 0, 0.02) : dataSet;
            case "overflow" -> partner ? Fills.of("overflow-partner") : dataSet;
            case "ties" -> partner ? Fills.of("ties-partner") : dataSet;
            case "partials" ->
                partner ? Fills.parse(dataSet.name().replace("partials", "partials-partner"), "gradient") : dataSet;
            default -> otherwise.get();
        };
    }

    /// Whole numbers, on which every order of sums gives the same.
    public static List<Probe> wholeNumbers() {
        return List.of(
                new Probe("integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"));
    }

    /// Whole numbers, and what shows how the sums over many terms are kept.
    ///
    /// @param depth terms of the sums that data sets are made for
    public static List<Probe> probes(ComputeContract contract, DType dtype, long depth) {
        List<Probe> probes = new ArrayList<>(wholeNumbers());
        int bits = Products.exactPrecision(contract, dtype);
        // With more bits a sum would be no f16.
        int filled = dtype == DType.F16 ? Math.min(18, bits) : bits;
        if (bits > 1) {
            probes.add(new Probe("accumulator(" + filled + ")", true, "sums are kept in fewer bits than declared"));
        }
        boolean wide = bits == contract.accumulatorType(dtype).precision()
                && bits >= dtype.precision()
                && !(contract.accumulator() instanceof Accumulator.Aligned);
        if (wide && contract.accumulatorRounding() == Rounding.NEAREST_EVEN && depth > 1) {
            probes.add(new Probe("ties", true, "sums or results are not rounded once, to nearest even"));
        }
        if (bits > 1 && depth > 3) {
            probes.add(
                    new Probe("partials(" + bits + ")", true, "partial sums are stored in fewer bits than declared"));
        }
        return probes;
    }
}
