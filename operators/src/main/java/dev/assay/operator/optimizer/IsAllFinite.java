package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.stream.IntStream;

/// Whether no element of any tensor is infinite or NaN.
///
/// - `isinf_only` and `isnan_only` look for one of the two alone; both at once are refused
/// - of no elements it is true
/// - source: IsAllFinite of ONNX Runtime training
public final class IsAllFinite extends NamedOperator {
    public IsAllFinite() {
        super(
                "is_all_finite",
                "",
                new About(
                        "output = 1 if all elements are finite",
                        "ONNX Runtime training IsAllFinite",
                        About.Errors.EXACT),
                new Signature(
                        List.of(Parameter.variadic("input", "V", Signature.floats(), "of any shapes")),
                        List.of(Parameter.required("output", "T", Signature.only(DType.BOOL), "scalar")),
                        List.of(
                                AttributeSpec.integer("isinf_only", 0, "1: NaN counts as finite"),
                                AttributeSpec.integer("isnan_only", 0, "1: infinities count as finite"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        long infinite = call.attributes().integer("isinf_only");
        long nan = call.attributes().integer("isnan_only");
        require(
                (infinite | nan) >>> 1 == 0 && infinite + nan < 2,
                "isinf_only is " + infinite + " and isnan_only is " + nan,
                "attribute isinf_only",
                "give 0 or 1, and 1 to one of them at most");
        return List.of(TensorSpec.of(DType.BOOL));
    }

    @Override
    public Cost cost(Call call) {
        double elements = 0;
        for (TensorSpec tensor : call.members("input")) {
            elements += tensor.shape().elements();
        }
        return new Cost(elements, call.tensorBytes());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        boolean infinities = call.attributes().integer("isnan_only") == 0;
        boolean nans = call.attributes().integer("isinf_only") == 0;
        boolean all = IntStream.range(0, call.members("input").size())
                .mapToObj(n -> inputs.get(Call.member("input", n)))
                .allMatch(tensor -> isClean(tensor, infinities, nans));
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, DType.F32);
        return new FormulaOracle(
                List.of(new FormulaOracle.Output(Shape.of(), DType.BOOL, coordinates -> arithmetic.of(all ? 1 : 0))));
    }

    private static boolean isClean(Tensor tensor, boolean infinities, boolean nans) {
        for (long n = 0; n < tensor.shape().elements(); n++) {
            double x = tensor.get(n);
            if ((infinities && Double.isInfinite(x)) || (nans && Double.isNaN(x))) {
                return false;
            }
        }
        return true;
    }
}
