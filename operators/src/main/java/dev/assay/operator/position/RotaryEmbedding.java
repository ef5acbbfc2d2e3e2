package dev.assay.operator.position;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Rotary position embedding with tables: of each head the first r elements are rotated by pairs,
/// `(a, b) -> (a cos - b sin, a sin + b cos)`; the others are copied.
///
/// - inputs: `X [b,h,s,d]`, or `[b,s,h·d]` with the attribute `num_heads`; `cos_cache`, `sin_cache` `[positions,r/2]`
///   with `position_ids` `[b,s]`, or `[b,s,r/2]` without
/// - pairs: elements i and i + r/2; `interleaved`: elements 2i and 2i + 1
/// - `rotary_embedding_dim` is r; 0 stands for d
/// - error: three roundings of each element
/// - source: ONNX RotaryEmbedding-23
public final class RotaryEmbedding implements Operator {
    @Override
    public String name() {
        return "rotary_embedding";
    }

    @Override
    public Optional<String> onnxType() {
        return Optional.of("RotaryEmbedding");
    }

    @Override
    public About about() {
        return new About(
                "pairs (a, b) become (a cos - b sin, a sin + b cos)",
                "ONNX RotaryEmbedding-23",
                About.Errors.ELEMENTWISE);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("X", "T", Signature.floats(), "[b,h,s,d] or [b,s,h*d]"),
                        Parameter.required("cos_cache", "T", Signature.floats(), "[positions,r/2] or [b,s,r/2]"),
                        Parameter.required("sin_cache", "T", Signature.floats(), "like cos_cache"),
                        Parameter.optionalConstant(
                                "position_ids", "M", Signature.only(DType.I64, DType.I32), "rows of the caches [b,s]")),
                List.of(Parameter.required("Y", "T", Signature.floats(), "like X")),
                List.of(
                        AttributeSpec.integer("interleaved", 0, "1: pairs are neighbours"),
                        AttributeSpec.optional(
                                "num_heads", dev.assay.backend.Attribute.Int.class, "h, for X of 3 dimensions"),
                        AttributeSpec.integer("rotary_embedding_dim", 0, "r: elements of a head to rotate; 0: all")));
    }

    /// Sizes of a call.
    private record Plan(boolean flat, long b, long s, long h, long d, long r, boolean interleaved) {
        static Plan of(Call call) {
            Shape x = call.input("X").shape();
            OptionalLong heads = call.attributes().findInteger("num_heads");
            if (x.rank() != 3 && x.rank() != 4) {
                throw invalid("X " + x, "give it 3 or 4 dimensions");
            }
            boolean flat = x.rank() == 3;
            if (flat && (heads.isEmpty() || heads.getAsLong() < 1 || x.dim(2) % heads.getAsLong() != 0)) {
                throw invalid(
                        "X " + x + " with " + (heads.isEmpty() ? "no num_heads" : "num_heads " + heads.getAsLong()),
                        "give a divisor of its last dimension as num_heads");
            }
            long h = flat ? heads.getAsLong() : x.dim(1);
            if (!flat && heads.isPresent() && heads.getAsLong() != 0 && heads.getAsLong() != h) {
                throw invalid("num_heads " + heads.getAsLong() + " with X " + x, "leave it out");
            }
            long d = flat ? x.dim(2) / h : x.dim(3);
            long asked = call.attributes().integer("rotary_embedding_dim");
            long r = asked == 0 ? d : asked;
            if (r < 0 || r > d || r % 2 != 0) {
                throw invalid(
                        "rotary_embedding_dim " + asked + " with a head size of " + d,
                        "give an even number up to the head size");
            }
            long interleaved = call.attributes().integer("interleaved");
            if (interleaved != 0 && interleaved != 1) {
                throw invalid("interleaved " + interleaved, "give 0 or 1");
            }
            Plan plan = new Plan(flat, x.dim(0), flat ? x.dim(1) : x.dim(2), h, d, r, interleaved == 1);
            plan.checkCaches(call);
            return plan;
        }

        private static InvalidCallException invalid(String what, String fix) {
            return new InvalidCallException(what, "rotary_embedding", fix);
        }

        private void checkCaches(Call call) {
            Shape cos = call.input("cos_cache").shape();
            Shape sin = call.input("sin_cache").shape();
            boolean byPosition = call.hasInput("position_ids");
            boolean right = byPosition ? cos.rank() == 2 && cos.dim(1) == r / 2 : cos.equals(Shape.of(b, s, r / 2));
            if (!right || !sin.equals(cos)) {
                throw invalid(
                        "cos_cache " + cos + ", sin_cache " + sin,
                        byPosition
                                ? "give both the shape [positions," + r / 2 + "]"
                                : "give both the shape " + Shape.of(b, s, r / 2) + ", or position_ids");
            }
            if (!byPosition) {
                return;
            }
            Shape ids = call.input("position_ids").shape();
            if (!ids.equals(Shape.of(b, s))) {
                throw invalid("position_ids " + ids, "give it the shape " + Shape.of(b, s));
            }
            for (long id : call.constants().getOrDefault("position_ids", List.of())) {
                if (id < 0 || id >= cos.dim(0)) {
                    throw invalid("position " + id + " of " + cos.dim(0), "give positions that the caches have");
                }
            }
        }
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Plan.of(call);
        return List.of(TensorSpec.dense(call.input("X").dtype(), call.input("X").shape()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Plan plan = Plan.of(call);
        Tensor x = inputs.get("X");
        Tensor cos = inputs.get("cos_cache");
        Tensor sin = inputs.get("sin_cache");
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, x.dtype());
        List<Long> ids = call.constants().getOrDefault("position_ids", List.of());
        FormulaOracle.Formula formula = at -> {
            long token = at[0] * plan.s() + at[plan.flat() ? 1 : 2];
            long c = plan.flat() ? at[2] % plan.d() : at[3];
            long number = 0;
            for (int axis = 0; axis < at.length; axis++) {
                number = number * x.shape().dim(axis) + at[axis];
            }
            Approx own = arithmetic.of(x.get(number));
            if (c >= plan.r()) {
                return own;
            }
            long half = plan.r() / 2;
            boolean first = plan.interleaved() ? c % 2 == 0 : c < half;
            long pair = plan.interleaved() ? c / 2 : c % half;
            Approx partner = arithmetic.of(x.get(number + (plan.interleaved() ? 1 : half) * (first ? 1 : -1)));
            long row = ids.isEmpty() ? token : ids.get(Math.toIntExact(token));
            Approx c1 = arithmetic.of(cos.get(row * half + pair));
            Approx s1 = arithmetic.of(sin.get(row * half + pair));
            return rotated(arithmetic, own, partner, c1, s1, first);
        };
        return new FormulaOracle(List.of(new FormulaOracle.Output(x.shape(), x.dtype(), formula)));
    }

    /// One element of a rotated pair.
    ///
    /// @param first whether it is the first of the pair
    static Approx rotated(
            WorkingArithmetic arithmetic, Approx own, Approx partner, Approx cos, Approx sin, boolean first) {
        Approx kept = own.times(cos);
        Approx crossed = partner.times(sin);
        double largest = arithmetic.type().maxFinite() / 2;
        boolean overflows = Math.abs(kept.value()) > largest || Math.abs(crossed.value()) > largest;
        if (overflows && Double.isFinite(kept.value()) && Double.isFinite(crossed.value())) {
            // Both may be infinite in the working type, or only one where the other is fused.
            return arithmetic.within(
                    first ? kept.value() - crossed.value() : kept.value() + crossed.value(),
                    0,
                    Double.POSITIVE_INFINITY);
        }
        return first ? kept.minus(crossed) : kept.plus(crossed);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor cos = inputs.get("cos_cache");
        Tensor sin = inputs.get("sin_cache");
        long row = cos.shape().dim(-1);
        long elements = cos.shape().elements();
        Rereading right = Rereading.of(call, inputs);
        List<Misreading> all = new ArrayList<>();
        for (long step = -row; step <= row && row > 0; step += 2 * row) {
            long by = step;
            all.add(right.input("cos_cache", cos.dtype(), cos.shape(), n -> cos.get(Math.floorMod(n + by, elements)))
                    .input("sin_cache", sin.dtype(), sin.shape(), n -> sin.get(Math.floorMod(n + by, elements)))
                    .as(
                            "off-by-one",
                            "each token has the angles of the position " + (by < 0 ? "before" : "behind")
                                    + " its own"));
        }
        all.add(right.input("cos_cache", DType.F32, cos.shape(), n -> DType.BF16.round(cos.get(n)))
                .input("sin_cache", DType.F32, sin.shape(), n -> DType.BF16.round(sin.get(n)))
                .as("narrow-intermediate", "cosines and sines are kept in bf16"));
        return all;
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = Plan.of(call);
        return new Cost(3.0 * plan.b() * plan.s() * plan.h() * plan.r(), call.tensorBytes());
    }

    /// Tables of cosines and sines hold numbers between -1 and 1, whatever the data set.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean table = !input.equals("X");
        return switch (Fills.nameOf(dataSet)) {
            case "codes", "specials", "integers", "full-mantissa" -> dataSet;
            default -> table ? Fills.of("uniform", -1, 1) : Operator.super.fill(call, input, dataSet);
        };
    }
}
