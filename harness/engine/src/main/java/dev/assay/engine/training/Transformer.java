package dev.assay.engine.training;

import dev.assay.backend.Call;
import dev.assay.engine.training.Slot.Role;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A training step of a decoder-only transformer as calls of the catalogue's operators: forward, loss,
/// backward, clipping and AdamW.
///
/// As Llama 2 (arXiv 2307.09288, section 2.2): RMS normalisation in front, grouped-query attention, SwiGLU;
/// with learnt positions and dropout as GPT-2, whose residual projections also start smaller. A batch comes
/// in parts, whose gradients are summed in f32 as Megatron-LM sums them; masters are stepped in f32.
final class Transformer {
    private static final long F32 = 1;
    private static final long F64 = 11;

    private final TrainingPlan plan;
    private final TapeBuilder tape = new TapeBuilder();
    /// Of parameters: gradients so far, by name.
    private final Map<String, String> gradients = new LinkedHashMap<>();
    private final List<String> parameters = new ArrayList<>();
    private final List<String> losses = new ArrayList<>();
    private int part;
    private long dropouts;

    private Transformer(TrainingPlan plan) {
        this.plan = plan;
    }

    static Tape tape(TrainingPlan plan) {
        return new Transformer(plan).build();
    }

    private Tape build() {
        tape.slot("step", Role.DATA, DType.I64);
        tape.slot("positions", Role.FIXED, DType.I64, plan.sequences(), plan.length());
        tape.slot("ratio", Role.FIXED, wide());
        tape.slot("training", Role.FIXED, DType.BOOL);
        tape.slot("share", Role.FIXED, wide());
        declare();
        for (part = 0; part < plan.parts(); part++) {
            tape.slot(name("ids"), Role.DATA, DType.I64, plan.sequences(), plan.length());
            tape.slot(name("labels"), Role.DATA, DType.I64, (long) plan.sequences() * plan.length());
            forwardAndBackward();
        }
        optimizer();
        return tape.build(parameters.stream().map(this::stepped).toList(), losses, "norm");
    }

    private String name(String what) {
        return "part" + part + "." + what;
    }

    private void declare() {
        int width = plan.width();
        int keys = plan.keyHeads() * plan.headSize();
        parameter("tokens", plan.vocabulary(), width);
        parameter("positions.table", plan.length(), width);
        for (int layer = 0; layer < plan.layers(); layer++) {
            String prefix = "layer" + layer + ".";
            parameter(prefix + "norm1", width);
            parameter(prefix + "query", width, width);
            parameter(prefix + "key", keys, width);
            parameter(prefix + "value", keys, width);
            parameter(prefix + "project", width, width);
            parameter(prefix + "norm2", width);
            parameter(prefix + "gate", plan.hidden(), width);
            parameter(prefix + "up", plan.hidden(), width);
            parameter(prefix + "down", width, plan.hidden());
        }
        parameter("norm.last", width);
        parameter("head", plan.vocabulary(), width);
    }

    private void parameter(String name, long... dims) {
        parameters.add(name);
        tape.slot(name, Role.STATE, plan.dtype(), dims);
        DType wide = wide();
        if (plan.keepsMasters()) {
            tape.slot(name + ".master", Role.STATE, wide, dims);
        }
        tape.slot(name + ".average", Role.STATE, wide, dims);
        tape.slot(name + ".squares", Role.STATE, wide, dims);
        tape.slot(name + ".zeros", Role.FIXED, wide, dims);
    }

    /// Of sums over tokens or steps.
    private DType wide() {
        return plan.dtype() == DType.F64 ? DType.F64 : DType.F32;
    }

    private String stepped(String parameter) {
        return plan.keepsMasters() ? parameter + ".master" : parameter;
    }

    private void forwardAndBackward() {
        long tokens = (long) plan.sequences() * plan.length();
        String x = tape.call("embedding of tokens", "embedding")
                .in("table", "tokens")
                .in("ids", name("ids"))
                .out("embedded", name("tokens"))
                .end();
        String places = tape.call("embedding of positions", "embedding")
                .in("table", "positions.table")
                .in("ids", "positions")
                .out("embedded", name("places"))
                .end();
        x = add("sum of embeddings", x, places, name("x"));
        List<Block> blocks = new ArrayList<>();
        for (int layer = 0; layer < plan.layers(); layer++) {
            Block block = new Block(layer, x);
            blocks.add(block);
            x = block.forward();
        }
        String normed = norm("last norm", "norm.last", x, name("normed"));
        String rows = tape.view(normed, name("normed.rows"), tokens, plan.width());
        String logits = linear("head", "head", rows, name("logits"));
        losses.add(tape.call("loss", "cross_entropy")
                .in("logits", logits)
                .in("labels", name("labels"))
                .out("loss", name("loss"))
                .end());
        String d = tape.call("loss, backward", "cross_entropy_grad")
                .in("dY", "share")
                .in("logits", logits)
                .in("labels", name("labels"))
                .out("dlogits", name("dlogits"))
                .end();
        d = linearGrad("head", "head", d, rows, name("dnormed.rows"));
        d = tape.view(d, name("dnormed"), plan.sequences(), plan.length(), plan.width());
        d = normGrad("last norm", "norm.last", d, x, name("dx"));
        for (Block block : blocks.reversed()) {
            d = block.backward(d);
        }
        embeddingGrad("embedding of tokens", "tokens", d, name("ids"), plan.vocabulary());
        embeddingGrad("embedding of positions", "positions.table", d, "positions", plan.length());
    }

    /// A layer, which keeps what its backward needs.
    private final class Block {
        private final String prefix;
        private final String title;
        private final String x;
        private String normed1 = "";
        private String q = "";
        private String k = "";
        private String v = "";
        private String attended = "";
        private String middle = "";
        private String normed2 = "";
        private String gate = "";
        private String up = "";
        private String hidden = "";

        Block(int layer, String x) {
            this.prefix = "layer" + layer + ".";
            this.title = "layer " + (layer + 1) + " ";
            this.x = x;
        }

        private String own(String what) {
            return name(prefix + what);
        }

        String forward() {
            normed1 = norm(title + "norm before attention", prefix + "norm1", x, own("normed1"));
            q = linear(title + "query", prefix + "query", normed1, own("q"));
            k = linear(title + "key", prefix + "key", normed1, own("k"));
            v = linear(title + "value", prefix + "value", normed1, own("v"));
            attended = attention(title + "attention", "attention")
                    .in("Q", q)
                    .in("K", k)
                    .in("V", v)
                    .out("Y", own("attended"))
                    .end();
            String projected = linear(title + "projection", prefix + "project", attended, own("projected"));
            String dropped = dropout(title + "dropout after attention", projected, own("dropped1"));
            middle = add(title + "residual of attention", x, dropped, own("middle"));
            normed2 = norm(title + "norm before MLP", prefix + "norm2", middle, own("normed2"));
            gate = linear(title + "gate", prefix + "gate", normed2, own("gate"));
            up = linear(title + "up", prefix + "up", normed2, own("up"));
            hidden = tape.call(title + "SwiGLU", "swiglu")
                    .in("A", gate)
                    .in("B", up)
                    .out("Y", own("hidden"))
                    .end();
            String down = linear(title + "down", prefix + "down", hidden, own("down"));
            String droppedDown = dropout(title + "dropout after MLP", down, own("dropped2"));
            return add(title + "residual of MLP", middle, droppedDown, own("out"));
        }

        String backward(String d) {
            String dDown = dropoutGrad(title + "dropout after MLP", d, own("dropped2"), own("ddown"));
            String dHidden = linearGrad(title + "down", prefix + "down", dDown, hidden, own("dhidden"));
            tape.call(title + "SwiGLU, backward", "swiglu_grad")
                    .in("dY", dHidden)
                    .in("A", gate)
                    .in("B", up)
                    .out("dA", own("dgate"))
                    .out("dB", own("dup"))
                    .end();
            String fromGate = linearGrad(title + "gate", prefix + "gate", own("dgate"), normed2, own("dn2.gate"));
            String fromUp = linearGrad(title + "up", prefix + "up", own("dup"), normed2, own("dn2.up"));
            String dNormed = add(title + "sum before MLP, backward", fromGate, fromUp, own("dnormed2"));
            String dNorm = normGrad(title + "norm before MLP", prefix + "norm2", dNormed, middle, own("dmlp"));
            String dMiddle = add(title + "residual of MLP, backward", d, dNorm, own("dmiddle"));
            String dProjected =
                    dropoutGrad(title + "dropout after attention", dMiddle, own("dropped1"), own("dprojected"));
            String dAttended =
                    linearGrad(title + "projection", prefix + "project", dProjected, attended, own("dattended"));
            attention(title + "attention, backward", "attention_grad")
                    .in("dY", dAttended)
                    .in("Q", q)
                    .in("K", k)
                    .in("V", v)
                    .out("dQ", own("dq"))
                    .out("dK", own("dk"))
                    .out("dV", own("dv"))
                    .end();
            String fromQ = linearGrad(title + "query", prefix + "query", own("dq"), normed1, own("dn1.q"));
            String fromK = linearGrad(title + "key", prefix + "key", own("dk"), normed1, own("dn1.k"));
            String fromV = linearGrad(title + "value", prefix + "value", own("dv"), normed1, own("dn1.v"));
            String dKeys = add(title + "sum of key and value, backward", fromK, fromV, own("dn1.kv"));
            String dNormed1 = add(title + "sum before attention, backward", fromQ, dKeys, own("dnormed1"));
            String dBranch = normGrad(title + "norm before attention", prefix + "norm1", dNormed1, x, own("dbranch"));
            return add(title + "residual of attention, backward", dMiddle, dBranch, own("dx"));
        }
    }

    private TapeBuilder.Entry attention(String title, String operator) {
        return tape.call(title, operator)
                .set("is_causal", 1)
                .set("q_num_heads", plan.heads())
                .set("kv_num_heads", plan.keyHeads());
    }

    private String linear(String title, String weight, String x, String into) {
        return tape.call(title, "linear")
                .in("X", x)
                .in("W", weight)
                .out("Y", into)
                .end();
    }

    /// Adds the weight's gradient to what earlier parts left.
    private String linearGrad(String title, String weight, String d, String x, String into) {
        String sum = name(weight + ".grad");
        TapeBuilder.Entry entry = tape.call(title + ", backward", "linear_grad")
                .in("dY", d)
                .in("X", x)
                .in("W", weight)
                .out("dX", into)
                .out("dW", sum);
        @Nullable String before = gradients.put(weight, sum);
        if (before == null) {
            entry.set("gradient_dtype", plan.dtype() == DType.F64 ? 0 : F32);
        } else {
            entry.in("dW_sum", before);
        }
        return entry.end();
    }

    private String norm(String title, String scale, String x, String into) {
        // The type of its arithmetic, as ONNX counts types.
        return tape.call(title, "rms_normalization")
                .set("stash_type", plan.dtype() == DType.F64 ? F64 : F32)
                .in("X", x)
                .in("scale", scale)
                .out("Y", into)
                .end();
    }

    private String normGrad(String title, String scale, String d, String x, String into) {
        tape.call(title + ", backward", "rms_normalization_grad")
                .in("dY", d)
                .in("X", x)
                .in("scale", scale)
                .out("dX", into)
                .out("dscale", name(scale + ".part"))
                .end();
        accumulate(title, scale);
        return into;
    }

    private void embeddingGrad(String title, String table, String d, String ids, long rows) {
        tape.call(title + ", backward", "embedding_grad")
                .in("dY", d)
                .in("ids", ids)
                .set("rows", rows)
                .out("dtable", name(table + ".part"))
                .end();
        accumulate(title, table);
    }

    private void accumulate(String title, String parameter) {
        String before = gradients.getOrDefault(parameter, parameter + ".zeros");
        gradients.put(
                parameter,
                tape.call(title + ", sum of gradients", "grad_accumulate")
                        .in("main_grad", before)
                        .in("grad", name(parameter + ".part"))
                        .out("main_grad_out", name(parameter + ".grad"))
                        .end());
    }

    private String add(String title, String a, String b, String into) {
        return tape.call(title, "add").in("A", a).in("B", b).out("C", into).end();
    }

    private String dropout(String title, String x, String into) {
        // Another one for each: equal masks would hide that one is used for another.
        long seed = plan.seed() + ++dropouts;
        return tape.call(title, "dropout")
                .in("data", x)
                .in("ratio", "ratio")
                .constant("training_mode", "training", 1)
                .set("seed", seed)
                .out("output", into)
                .out("mask", into + ".mask")
                .end();
    }

    private String dropoutGrad(String title, String d, String forward, String into) {
        return tape.call(title + ", backward", "dropout_grad")
                .in("dY", d)
                .in("mask", forward + ".mask")
                .in("ratio", "ratio")
                .out("dX", into)
                .end();
    }

    private void optimizer() {
        TapeBuilder.Entry clip = tape.call("clipping of the gradients", "clip_grad_norm");
        List<String> clipped = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            clip.in(Call.member("grads", i), gradients.getOrDefault(parameters.get(i), ""));
            clipped.add(parameters.get(i) + ".clipped");
        }
        clip.out("total_norm", "norm");
        for (int i = 0; i < parameters.size(); i++) {
            clip.out(Call.member("grads_out", i), clipped.get(i));
        }
        clip.set("max_norm", plan.clip()).end();
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            TapeBuilder.Entry step = tape.call("step of " + parameter, "adamw")
                    .in("param", parameter)
                    .in("grad", clipped.get(i))
                    .in("exp_avg", parameter + ".average")
                    .in("exp_avg_sq", parameter + ".squares")
                    .numbered("step", "step")
                    .out("param_out", Slot.next(parameter))
                    .out("exp_avg_out", Slot.next(parameter + ".average"))
                    .out("exp_avg_sq_out", Slot.next(parameter + ".squares"))
                    .set("lr", plan::rateOf)
                    .set("beta1", TrainingPlan.BETA1)
                    .set("beta2", TrainingPlan.BETA2)
                    // Weights of norms are not pulled to zero, as in GPT-3.
                    .set("weight_decay", parameter.contains("norm") ? 0 : plan.decay());
            if (plan.keepsMasters()) {
                step.in("master", parameter + ".master").out("master_out", Slot.next(parameter + ".master"));
            }
            step.end();
        }
    }
}
