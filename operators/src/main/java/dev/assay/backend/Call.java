package dev.assay.backend;

import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// An operator by name, with everything about its tensors but their values.
///
/// Plain data: it names the operator and does not carry it, so a backend has no path from here to the reference.
///
/// @param operator name in the catalogue, such as `layer_normalization`
/// @param inputs one operand per input of the operator's signature, in its order
/// @param outputs one operand per output of the signature; absent means not asked for
/// @param attributes all that have a default, and those given
/// @param constants inputs whose values belong to the call because shapes or paging follow from them, by input
///     name; the same values also stand in the input's tensor
public record Call(
        String operator,
        List<Operand> inputs,
        List<Operand> outputs,
        Attributes attributes,
        Map<String, List<Long>> constants) {

    /// A place for a tensor.
    ///
    /// @param name as in the signature
    /// @param spec empty if this optional operand is left out
    /// @param aliasOf for an output: the input in whose memory it is written
    public record Operand(String name, Optional<TensorSpec> spec, Optional<String> aliasOf) {
        public static Operand of(String name, TensorSpec spec) {
            return new Operand(name, Optional.of(spec), Optional.empty());
        }

        public static Operand absent(String name) {
            return new Operand(name, Optional.empty(), Optional.empty());
        }
    }

    public Call {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        Map<String, List<Long>> copy = new LinkedHashMap<>();
        constants.forEach((name, values) -> copy.put(name, List.copyOf(values)));
        constants = Collections.unmodifiableMap(copy);
    }

    /// Name of a tensor of a variadic operand, counted from 0: `data.2`.
    public static String member(String name, int number) {
        return name + "." + number;
    }

    /// Whether a name is that of a tensor of a variadic operand.
    public static boolean isMember(String variadic, String name) {
        return name.startsWith(variadic + ".")
                && name.substring(variadic.length() + 1).matches("0|[1-9][0-9]{0,5}");
    }

    /// The tensors of a variadic input, in order.
    public List<TensorSpec> members(String name) {
        return inputs.stream()
                .filter(operand -> isMember(name, operand.name()))
                .map(operand -> operand.spec().orElseThrow())
                .toList();
    }

    /// All that are present, inputs first.
    public List<TensorSpec> tensors() {
        return Stream.concat(inputs.stream(), outputs.stream())
                .flatMap(operand -> operand.spec().stream())
                .toList();
    }

    /// Whether every tensor that is present has this dtype and so many dimensions.
    public boolean hasOnly(DType dtype, int rank) {
        return tensors().stream()
                .allMatch(spec -> spec.dtype() == dtype && spec.shape().rank() == rank);
    }

    public boolean hasInput(String name) {
        return find(inputs, name).isPresent();
    }

    public boolean hasOutput(String name) {
        return find(outputs, name).isPresent();
    }

    /// Throws IllegalArgumentException if the input is absent.
    public TensorSpec input(String name) {
        return find(inputs, name)
                .orElseThrow(() -> new IllegalArgumentException("input '" + name + "' is absent in " + this));
    }

    public TensorSpec output(String name) {
        return find(outputs, name)
                .orElseThrow(() -> new IllegalArgumentException("output '" + name + "' is absent in " + this));
    }

    private static Optional<TensorSpec> find(List<Operand> operands, String name) {
        return operands.stream()
                .filter(operand -> operand.name().equals(name))
                .findFirst()
                .flatMap(Operand::spec);
    }

    /// Bytes of all inputs and outputs that are present, an aliased output counted with its input.
    public long tensorBytes() {
        long bytes = 0;
        for (Operand operand : inputs) {
            bytes += operand.spec().map(TensorSpec::byteSize).orElse(0L);
        }
        for (Operand operand : outputs) {
            bytes += operand.aliasOf().isPresent()
                    ? 0
                    : operand.spec().map(TensorSpec::byteSize).orElse(0L);
        }
        return bytes;
    }

    @Override
    public String toString() {
        return operator + list(inputs) + " -> " + list(outputs)
                + (attributes.values().isEmpty() ? "" : " " + attributes);
    }

    private static String list(List<Operand> operands) {
        return operands.stream()
                .map(operand -> operand.spec().map(TensorSpec::toString).orElse("-"))
                .collect(Collectors.joining(", ", "(", ")"));
    }
}
