package dev.assay.operator.quantization;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import java.util.List;
import java.util.Set;

/// Base of the operators between numbers and their codes: every element is expected by itself.
public abstract class Quantising extends NamedOperator {
    private static final int CHUNK = 1 << 12;

    /// Types of numbers.
    static final Set<DType> NUMBERS = Signature.only(DType.F32, DType.F16, DType.BF16);

    /// @param onnxType empty if ONNX has no such operator
    protected Quantising(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(
                2.0 * call.inputs().getFirst().spec().orElseThrow().shape().elements(), call.tensorBytes());
    }

    /// Throws unless zero points have the shape of the scales; one number may be a scalar or a vector.
    final void checkAlike(Shape zeroPoints, Shape scales, String input) {
        boolean single =
                zeroPoints.rank() <= 1 && scales.rank() <= 1 && zeroPoints.elements() == 1 && scales.elements() == 1;
        if (!single && !zeroPoints.equals(scales)) {
            throw invalid(input + " is " + zeroPoints + ", the scales " + scales, input, "give both one shape");
        }
    }

    /// What is expected of an element. Called by many threads at a time.
    @FunctionalInterface
    protected interface Element {
        /// Writes what is expected.
        ///
        /// @param number row-major number in the output
        /// @param i index in the block
        void expect(int output, long number, Observed device, int i, ExpectedBlock into);
    }

    /// An oracle that looks at each element alone.
    protected static Oracle oracle(List<Shape> outputs, Element element) {
        return new Oracle() {
            @Override
            public Shape shape(int output) {
                return outputs.get(output);
            }

            @Override
            public long cluster(int output) {
                return 1;
            }

            @Override
            public void expect(int output, Region region, Observed device, ExpectedBlock into) {
                int elements = Math.toIntExact(region.elements());
                Parallel.forEach(Math.ceilDiv(elements, CHUNK), part -> {
                    for (int i = part * CHUNK; i < Math.min(elements, (part + 1) * CHUNK); i++) {
                        element.expect(output, region.number(outputs.get(output), i), device, i, into);
                    }
                });
            }
        };
    }

    /// Scales: positive, of everyday size, no powers of two.
    protected static Fill scales(DType dtype) {
        return dtype == DType.E8M0 ? Fills.of("lognormal", 1) : Fills.of("uniform", 0.01, 0.05);
    }

    /// Whole numbers over a type of few bits, or over its middle half.
    protected static Fill wholeNumbers(DType dtype, boolean middle) {
        double most = Math.min(dtype.maxFinite(), 1 << 20);
        double least = dtype.kind() == DType.Kind.SIGNED ? -most - 1 : 0;
        return middle
                ? Fills.of("integers", Math.ceil(least / 2), Math.floor(most / 2))
                : Fills.of("integers", least, most);
    }
}
