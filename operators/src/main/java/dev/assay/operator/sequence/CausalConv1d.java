package dev.assay.operator.sequence;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Depthwise causal convolution over packed sequences, each with a state of its own in a cache:
/// `out[t,c] = act(Σ_j weight[j,c] · padded[t+j,c] + bias[c])` with `padded` the sequence's state (or zeros) before it.
///
/// - inputs: `x [total,dim]`, `weight [width,dim]` (the last tap meets the token itself), `conv_state
///   [slots,width-1,dim]`, `query_start_loc [batch+1]`, `cache_indices [batch]` (the slot of each sequence; its number
///   without), `has_initial_state [batch]` (0: zeros instead of the state; all have one without), `bias [dim]`
/// - outputs: `out` like x; `conv_state_out` in the memory of conv_state: the last width - 1 rows of `padded` in the
/// slot
///   of each sequence, all other slots as they were
/// - a sequence whose slot is `pad_slot_id` is padding: its rows may hold anything, but are written, and no slot
/// changes
/// - source: vLLM 0.10, causal_conv1d_fn; Teco-Ops causal_conv1d
public final class CausalConv1d implements Operator {
    private static final Set<DType> INDICES = Signature.only(DType.I32, DType.I64);

    @Override
    public String name() {
        return "causal_conv1d";
    }

    @Override
    public About about() {
        return new About(
                "out = act(Σ weight_j · padded_{t+j} + bias), sequence by sequence, states in slots",
                "vLLM 0.10, causal_conv1d_fn",
                About.Errors.REDUCTION);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("x", "T", Signature.floats(), "[total,dim]"),
                        Parameter.required("weight", "T", Signature.floats(), "[width,dim]"),
                        Parameter.required("conv_state", "T", Signature.floats(), "[slots,width-1,dim]"),
                        Parameter.constant("query_start_loc", "I", INDICES, "starts of the sequences, and their end"),
                        Parameter.optionalConstant("cache_indices", "I", INDICES, "slot of each sequence [batch]"),
                        Parameter.optionalConstant(
                                "has_initial_state",
                                "F",
                                Signature.union(INDICES, Signature.only(DType.BOOL)),
                                "[batch]"),
                        Parameter.optional("bias", "T", Signature.floats(), "[dim]")),
                List.of(
                        Parameter.required("out", "T", Signature.floats(), "like x"),
                        Parameter.required("conv_state_out", "T", Signature.floats(), "[slots,width-1,dim]")
                                .inPlaceOf("conv_state")),
                List.of(
                        new AttributeSpec(
                                "activation",
                                Attribute.Text.class,
                                Optional.of(new Attribute.Text("none")),
                                "none, silu or swish"),
                        AttributeSpec.integer("pad_slot_id", -1, "slot of sequences that are padding")));
    }

    /// A sequence: its first row, the one after its last, its slot (negative for padding), and whether it has a state.
    private record Sequence(long from, long to, long slot, boolean stateful) {}

    private static InvalidCallException invalid(String what, String fix) {
        return new InvalidCallException(what, "causal_conv1d", fix);
    }

    private static Map<Integer, Sequence> sequences(Call call) {
        Shape x = call.input("x").shape();
        Shape weight = call.input("weight").shape();
        Shape state = call.input("conv_state").shape();
        boolean right = x.rank() == 2
                && weight.rank() == 2
                && weight.dim(0) >= 1
                && weight.dim(1) == x.dim(1)
                && state.rank() == 3
                && state.dim(1) == weight.dim(0) - 1
                && state.dim(2) == x.dim(1);
        if (!right) {
            throw invalid(
                    "x " + x + ", weight " + weight + ", conv_state " + state,
                    "give them the shapes [total,dim], [width,dim] and [slots,width-1,dim]");
        }
        if (call.hasInput("bias") && !call.input("bias").shape().equals(Shape.of(x.dim(1)))) {
            throw invalid("bias " + call.input("bias").shape(), "give it the shape [" + x.dim(1) + "]");
        }
        List<Long> starts = call.constants().getOrDefault("query_start_loc", List.of());
        int batch = starts.size() - 1;
        boolean ordered = batch >= 0 && starts.getFirst() == 0 && starts.getLast() == x.dim(0);
        for (int n = 0; n < batch; n++) {
            ordered &= starts.get(n) <= starts.get(n + 1);
        }
        if (!ordered) {
            throw invalid("query_start_loc " + starts, "give numbers from 0 to " + x.dim(0) + " that never fall");
        }
        List<Long> slots = perSequence(call, "cache_indices", batch);
        List<Long> stateful = perSequence(call, "has_initial_state", batch);
        long padding = call.attributes().integer("pad_slot_id");
        Map<Integer, Sequence> sequences = new HashMap<>();
        Set<Long> taken = new HashSet<>();
        for (int n = 0; n < batch; n++) {
            long slot = slots.isEmpty() ? n : slots.get(n);
            boolean pad = !slots.isEmpty() && slot == padding;
            if (!pad && (slot < 0 || slot >= state.dim(0) || !taken.add(slot))) {
                throw invalid(
                        "slot " + slot + " of " + state.dim(0) + " for sequence " + n,
                        "give each sequence a slot of its own");
            }
            sequences.put(
                    n,
                    new Sequence(
                            starts.get(n),
                            starts.get(n + 1),
                            pad ? -1 : slot,
                            stateful.isEmpty() || stateful.get(n) != 0));
        }
        return sequences;
    }

    private static List<Long> perSequence(Call call, String input, int batch) {
        List<Long> values = call.constants().getOrDefault(input, List.of());
        if (call.hasInput(input) && values.size() != batch) {
            throw invalid(values.size() + " " + input + " for " + batch + " sequences", "give one to each");
        }
        return values;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Taps.isSilu(call.attributes().text("activation"), name());
        sequences(call);
        DType type = call.input("x").dtype();
        return List.of(
                TensorSpec.dense(type, call.input("x").shape()),
                TensorSpec.dense(type, call.input("conv_state").shape()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("x");
        Tensor weight = inputs.get("weight");
        Tensor state = inputs.get("conv_state");
        int width = Math.toIntExact(weight.shape().dim(0));
        long dim = x.shape().dim(1);
        boolean silu = Taps.isSilu(call.attributes().text("activation"), name());
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, x.dtype());
        int[] owners = new int[Math.toIntExact(x.shape().dim(0))];
        Map<Integer, Sequence> sequences = sequences(call);
        Map<Long, Sequence> bySlot = new HashMap<>();
        sequences.forEach((number, sequence) -> {
            java.util.Arrays.fill(owners, (int) sequence.from(), (int) sequence.to(), number);
            bySlot.put(sequence.slot(), sequence);
        });
        // Row 0 of a padded sequence is the oldest of its state.
        Padded padded = (sequence, row, c) -> {
            if (row >= width - 1) {
                return x.get((sequence.from() + row - (width - 1)) * dim + c);
            }
            return sequence.stateful() ? state.get((sequence.slot() * (width - 1) + row) * dim + c) : 0;
        };
        FormulaOracle.Formula out = at -> {
            Sequence sequence = java.util.Objects.requireNonNull(sequences.get(owners[(int) at[0]]));
            if (sequence.slot() < 0) {
                return arithmetic.within(0, 0, Double.POSITIVE_INFINITY);
            }
            Taps taps = new Taps();
            for (int j = 0; j < width; j++) {
                taps.add(weight.get(j * dim + at[1]), padded.at(sequence, at[0] - sequence.from() + j, at[1]));
            }
            if (inputs.has("bias")) {
                taps.add(inputs.get("bias").get(at[1]), 1);
            }
            return taps.result(arithmetic, silu);
        };
        FormulaOracle.Formula kept = at -> {
            Sequence sequence = bySlot.get(at[0]);
            return arithmetic.of(
                    sequence == null || sequence.from() == sequence.to()
                            ? state.get((at[0] * (width - 1) + at[1]) * dim + at[2])
                            : padded.at(sequence, sequence.to() - sequence.from() + at[1], at[2]));
        };
        return new FormulaOracle(List.of(
                new FormulaOracle.Output(x.shape(), x.dtype(), out),
                new FormulaOracle.Output(state.shape(), x.dtype(), kept)));
    }

    private interface Padded {
        double at(Sequence sequence, long row, long c);
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(
                2.0
                        * call.input("x").shape().elements()
                        * call.input("weight").shape().dim(0),
                call.tensorBytes());
    }
}
