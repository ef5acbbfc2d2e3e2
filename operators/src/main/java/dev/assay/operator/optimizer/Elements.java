package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.FormulaOracle;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Outputs that are computed element by element from those in the same place of tensors of one shape.
final class Elements {
    private Elements() {}

    /// A formula for an element.
    @FunctionalInterface
    interface Formula {
        /// The new number.
        ///
        /// @param x the elements, 0 for a tensor that is left out
        Approx of(Approx[] x);
    }

    /// An output of this shape and type.
    static FormulaOracle.Output output(
            Shape shape, DType dtype, List<Optional<Tensor>> tensors, WorkingArithmetic arithmetic, Formula formula) {
        long[] strides = shape.denseStrides();
        return new FormulaOracle.Output(shape, dtype, coordinates -> {
            long at = 0;
            for (int axis = 0; axis < strides.length; axis++) {
                at += coordinates[axis] * strides[axis];
            }
            Approx[] x = new Approx[tensors.size()];
            for (int k = 0; k < x.length; k++) {
                x[k] = arithmetic.of(
                        tensors.get(k).isPresent() ? tensors.get(k).get().get(at) : 0);
            }
            return formula.of(x);
        });
    }

    /// The widest of the floating-point types of a call's inputs.
    static DType widest(Call call) {
        return call.inputs().stream()
                .flatMap(operand -> operand.spec().stream())
                .map(TensorSpec::dtype)
                .filter(DType::isFloat)
                .max(Comparator.comparingInt(DType::precision))
                .orElseThrow();
    }
}
