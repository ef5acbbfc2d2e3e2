package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Signature;
import dev.assay.operator.Sizes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Base of the operators whose elements are sums of products: what they say of themselves, and their data.
public abstract class ProductOperator extends NamedOperator {

    /// @param onnxType empty if ONNX has no such operator
    protected ProductOperator(String name, String onnxType, About about, Signature signature) {
        super(name, onnxType, about, signature);
    }

    @Override
    public String sizes(Call call) {
        return Sizes.ofInputs(call) + Sizes.ofLayouts(call);
    }

    /// Inputs that are scales of quantised operands.
    protected List<String> scales() {
        return List.of();
    }

    /// Inputs that are zero points.
    protected List<String> zeroPoints() {
        return List.of();
    }

    /// Scales are positive and of everyday size, none of them a power of two; whole numbers take all
    /// values of their
    /// type of up to 8 bits, zero points those in the middle.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        DType dtype = call.input(input).dtype();
        if (scales().contains(input)) {
            return dtype == DType.E8M0 ? Fills.of("lognormal", 1) : Fills.of("uniform", 0.004, 0.02);
        }
        if (!dtype.isFloat()) {
            double most = Math.min(dtype.maxFinite(), 255);
            double least = dtype.kind() == DType.Kind.SIGNED ? -most - 1 : 0;
            return zeroPoints().contains(input)
                    ? Fills.of("integers", Math.ceil(least / 2), Math.floor(most / 2))
                    : Fills.of("integers", least, most);
        }
        if (zeroPoints().contains(input)) {
            return Fills.of("integers", 0, 0);
        }
        return super.fill(call, input, dataSet);
    }

    /// All elements of a tensor.
    protected static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        tensor.decode(0, values.length, values, 0);
        return values;
    }

    /// The numbers of a vector with one for each of `count` lines, or of one number for all.
    protected static double[] perLine(Tensor tensor, long count) {
        double[] values = values(tensor);
        if (values.length == 1 && count != 1) {
            double[] all = new double[Math.toIntExact(count)];
            Arrays.fill(all, values[0]);
            return all;
        }
        return values;
    }

    /// Dimensions before the last, taken as one.
    protected static long leading(Shape shape) {
        return shape.slice(0, shape.rank() - 1).elements();
    }
}
