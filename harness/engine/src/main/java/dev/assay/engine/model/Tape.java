package dev.assay.engine.model;

import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.model.Model.Training;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// What follows the way forward in a training step: the gradient of each of its calls, in reverse, then the
/// clipping of the gradients and the optimizer's step of each tensor of weights.
///
/// Activations and weights have the type of the model. Gradients of weights are added to those of former micro-batches
/// in f32, by the product itself where it is one (Megatron-LM, gradient accumulation fusion); the optimizer steps
/// a copy of the weights in f32 (mixed precision, arXiv 1710.03740, section 3.1).
final class Tape {
    private static final String STANDARD_FILL = Calls.STANDARD_FILL;
    private static final String BACKWARD = ", gradient";
    /// Where the averages of Adam have long forgotten that they began at 0.
    private static final long STEP = 1000;

    /// Weights of a kind that each of so many layers has.
    private record Weights(String role, long times, Shape shape) {}

    private final Calls calls;
    private final Training training;
    private final List<Use> backward = new ArrayList<>();
    private final List<Weights> weights = new ArrayList<>();

    Tape(Calls calls, Training training) {
        this.calls = calls;
        this.training = training;
    }

    List<Use> uses() {
        List<Use> all = new ArrayList<>(backward.reversed());
        all.addAll(clipping());
        weights.forEach(each -> all.add(step(each)));
        return all;
    }

    /// The last call first: what a call's gradient needs more than one operator for is taken down last to first.
    private void take(String name, String role, long times, UnaryOperator<Draft> operands) {
        if (times > 0) {
            backward.add(calls.use(name, STANDARD_FILL, role + BACKWARD, times, operands));
        }
    }

    private TensorSpec like(Shape shape) {
        return TensorSpec.dense(calls.dtype(), shape);
    }

    private static TensorSpec sums(Shape shape) {
        return TensorSpec.dense(DType.F32, shape);
    }

    void linear(String role, long times, long m, long n, long k, boolean bias) {
        Shape shape = Shape.of(n, k);
        Shape line = Shape.of(n);
        weights.add(new Weights(role, times, shape));
        if (bias) {
            weights.add(new Weights(role + ", bias", times, line));
        }
        take("linear_grad", role, times, call -> {
            call.input("dY", like(Shape.of(m, n)))
                    .input("X", like(Shape.of(m, k)))
                    .input("W", like(shape))
                    .input("dW_sum", sums(shape));
            return bias ? call.input("dB_sum", sums(line)).output("dB") : call;
        });
    }

    /// Weights that are stepped where they are first used; the gradients of all their uses are added up.
    void tied(String role) {
        weights.removeIf(each -> each.role().equals(role));
    }

    void attention(String role, long times, AttentionSizes sizes, boolean causal) {
        take(
                "attention_grad",
                role,
                times,
                call -> sizes.operands(
                        call.input(
                                "dY", like(Shape.of(sizes.batch(), sizes.heads(), sizes.queries(), sizes.valueSize()))),
                        calls.dtype(),
                        causal));
    }

    /// @param stream whether what is normalised is the residual stream, which has channels that stand out
    void rmsNorm(String role, long times, Shape shape, boolean stream) {
        Shape line = Shape.of(shape.dim(-1));
        accumulated(role, "", times, line);
        taken(
                "rms_normalization_grad",
                stream,
                role,
                times,
                call -> call.input("dY", like(shape))
                        .input("X", like(shape))
                        .input("scale", like(line))
                        .attribute("epsilon", Model.there(calls.model().norm()).epsilon()));
    }

    void layerNorm(String role, long times, long tokens, long width) {
        Shape shape = Shape.of(tokens, width);
        Shape line = Shape.of(width);
        accumulated(role, ", bias", times, line);
        accumulated(role, "", times, line);
        taken(
                "layer_normalization_grad",
                true,
                role,
                times,
                call -> call.input("dY", like(shape))
                        .input("X", like(shape))
                        .input("Scale", like(line))
                        .input("Mean", sums(Shape.of(tokens, 1)))
                        .input("InvStdDev", sums(Shape.of(tokens, 1)))
                        .output("dB"));
    }

    private void taken(String name, boolean stream, String role, long times, UnaryOperator<Draft> operands) {
        backward.add(calls.use(name, stream ? Calls.STREAM_FILL : STANDARD_FILL, role + BACKWARD, times, operands));
    }

    /// Weights whose gradient another operator adds to that of former micro-batches.
    private void accumulated(String role, String part, long times, Shape shape) {
        weights.add(new Weights(role + part, times, shape));
        take(
                "grad_accumulate",
                role + part,
                times,
                call -> call.input("main_grad", sums(shape)).input("grad", like(shape)));
    }

    void embedding(String role, long tokens, long rows, long width) {
        accumulated(role, "", 1, Shape.of(rows, width));
        take(
                "embedding_grad",
                role,
                1,
                call -> call.input("dY", like(Shape.of(tokens, width)))
                        .input("ids", TensorSpec.of(DType.I64, tokens))
                        .attribute("rows", rows));
    }

    void loss(String role, long tokens, long classes) {
        take(
                "cross_entropy_grad",
                role,
                1,
                call -> call.input("dY", sums(Shape.of()))
                        .input("logits", like(Shape.of(tokens, classes)))
                        .input("labels", TensorSpec.of(DType.I64, tokens)));
    }

    /// The gradient of the stream and that of the block beside it.
    void residual(long times, Shape stream) {
        take("add", "residual", times, call -> call.input("A", like(stream)).input("B", like(stream)));
    }

    void activation(String operator, boolean gated, String role, long times, Shape shape) {
        take(operator + "_grad", role, times, call -> {
            call.input("dY", like(shape));
            return gated ? call.input("A", like(shape)).input("B", like(shape)) : kept(operator, call, shape);
        });
    }

    /// What a gradient needs of the way forward: what went in, or what came out.
    private Draft kept(String operator, Draft call, Shape shape) {
        boolean input = Operators.named(operator + "_grad", role(operator)).signature().inputs().stream()
                .anyMatch(parameter -> parameter.name().equals("X"));
        return call.input(input ? "X" : "Y", like(shape));
    }

    private String role(String operator) {
        return calls.model().name() + ", activation " + operator;
    }

    /// Rotations are turned back by rotations: the same call, with positions of the other sign.
    void rotation(String role, long times, UnaryOperator<Draft> operands) {
        take("rope", role, times, operands);
    }

    /// The gradients of what as many layers have are clipped together. That all are clipped by one norm takes a sum of
    /// these norms' squares, for which no call stands.
    private List<Use> clipping() {
        Map<Long, List<Weights>> together = new LinkedHashMap<>();
        weights.forEach(each -> together.computeIfAbsent(each.times(), times -> new ArrayList<>())
                .add(each));
        List<Use> uses = new ArrayList<>();
        together.forEach((times, all) ->
                uses.add(calls.use("clip_grad_norm", STANDARD_FILL, "clipping of gradients", times, call -> {
                    for (int i = 0; i < all.size(); i++) {
                        call.input(
                                dev.assay.backend.Call.member("grads", i),
                                sums(all.get(i).shape()));
                    }
                    return call.attribute("max_norm", training.maxNorm());
                })));
        return uses;
    }

    private Use step(Weights each) {
        return calls.use(
                "adamw",
                STANDARD_FILL,
                each.role() + ", step",
                each.times(),
                call -> call.input("param", like(each.shape()))
                        .input("grad", sums(each.shape()))
                        .input("exp_avg", sums(each.shape()))
                        .input("exp_avg_sq", sums(each.shape()))
                        .drawn("step", TensorSpec.dense(DType.I64, Shape.of()), "values", STEP)
                        .input("master", sums(each.shape()))
                        .output("master_out")
                        .attribute("lr", training.learningRate())
                        .attribute("beta1", training.beta1())
                        .attribute("beta2", training.beta2())
                        .attribute("eps", training.epsilon())
                        .attribute("weight_decay", training.weightDecay()));
    }
}
