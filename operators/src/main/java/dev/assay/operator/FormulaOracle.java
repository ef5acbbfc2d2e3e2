package dev.assay.operator;

import dev.assay.numerics.Approx;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.List;

/// The oracle of outputs each of whose elements is a formula of a few steps over elements of the inputs.
///
/// @param outputs in the order of the signature
public record FormulaOracle(List<Output> outputs) implements Oracle {
    private static final int CHUNK = 1 << 10;

    public FormulaOracle {
        outputs = List.copyOf(outputs);
    }

    /// An output.
    public record Output(Shape shape, DType dtype, Formula formula) {}

    /// The value of an element, with what a kernel may err by: infinitely much where it is open. Asked by many threads
    /// at a time.
    @FunctionalInterface
    public interface Formula {
        Approx at(long[] coordinates);
    }

    @Override
    public Shape shape(int output) {
        return outputs.get(output).shape();
    }

    @Override
    public long cluster(int output) {
        return 1;
    }

    @Override
    public void expect(int output, Region region, Observed device, ExpectedBlock into) {
        Output one = outputs.get(output);
        int elements = Math.toIntExact(region.elements());
        Parallel.forEach(Math.ceilDiv(elements, CHUNK), part -> {
            int end = Math.min(elements, (part + 1) * CHUNK);
            for (int i = part * CHUNK; i < end; i++) {
                Approx y = one.formula().at(region.coordinates(i));
                into.values()[i] = y.value();
                into.lows()[i] = y.low();
                double certain = y.errorBefore(one.dtype());
                if (certain == Double.POSITIVE_INFINITY) {
                    into.mark(i, ExpectedBlock.ANY);
                } else if (certain > 0 && Double.isFinite(y.value())) {
                    into.allow(i, 0, certain);
                }
                if (y.mayOverflow()) {
                    into.mark(i, ExpectedBlock.OR_NOT_FINITE);
                }
            }
        });
    }
}
