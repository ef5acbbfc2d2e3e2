package dev.assay.engine.trace;

import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.engine.judge.ElementBounds;
import dev.assay.engine.judge.LargeCase;
import dev.assay.operator.Operator;
import dev.assay.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A case as a program that repeats its call and compares, without Assay: for a vendor's own debugger.
public final class Reproduction {
    /// Elements of all outputs together whose expected values are written.
    private static final long MOST_ELEMENTS = 1L << 24;

    private final String title;
    private final Call call;
    private final Map<String, Tensor> inputs;
    private final ComputeContract contract;
    private final Map<String, Optional<ElementBounds>> expected;
    private final String whyNot;

    private Reproduction(
            String title,
            Call call,
            Map<String, Tensor> inputs,
            ComputeContract contract,
            Map<String, Optional<ElementBounds>> expected,
            String whyNot) {
        this.title = title;
        this.call = call;
        this.inputs = inputs;
        this.contract = contract;
        this.expected = expected;
        this.whyNot = whyNot;
    }

    /// Computes what is expected, unless the case is so large that the judge would only sample it.
    ///
    /// @param title what is repeated, in one line
    /// @param contract what the bounds allow
    public static Reproduction of(
            String title, Operator operator, Call call, Map<String, Tensor> inputs, ComputeContract contract) {
        long elements = call.outputs().stream()
                .flatMap(output -> output.spec().stream())
                .mapToLong(spec -> spec.shape().elements())
                .sum();
        if (operator.referenceFlops(call) > LargeCase.LARGEST_REFERENCE_FLOPS || elements > MOST_ELEMENTS) {
            return new Reproduction(
                    title,
                    call,
                    inputs,
                    contract,
                    Map.of(),
                    "the case is so large that no expected values were computed");
        }
        return new Reproduction(
                title,
                call,
                inputs,
                contract,
                ElementBounds.beforehand(operator, call, inputs, contract),
                "what is right depends on other outputs that the device chooses");
    }

    String title() {
        return title;
    }

    Call call() {
        return call;
    }

    List<Operand> presentInputs() {
        return call.inputs().stream()
                .filter(operand -> operand.spec().isPresent())
                .toList();
    }

    List<Operand> presentOutputs() {
        return call.outputs().stream()
                .filter(operand -> operand.spec().isPresent())
                .toList();
    }

    Tensor input(String name) {
        Tensor tensor = inputs.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("no values of input " + name);
        }
        return tensor;
    }

    /// What is expected of an output, unless it is among [#notCompared].
    Optional<ElementBounds> expected(String output) {
        return expected.getOrDefault(output, Optional.empty());
    }

    /// Outputs without expected values, with the reason.
    public Map<String, String> notCompared() {
        Map<String, String> left = new LinkedHashMap<>();
        for (Operand output : presentOutputs()) {
            if (expected(output.name()).isEmpty()) {
                left.put(output.name(), whyNot);
            }
        }
        return left;
    }

    /// The contract as a library or a program declares it: `field=value,...`; empty for the strict one.
    String contract() {
        return contract.differences().entrySet().stream()
                .map(field -> field.getKey() + "=" + field.getValue())
                .collect(Collectors.joining(","));
    }

    boolean roundsTowardZero() {
        return contract.outputRounding() == Rounding.TOWARD_ZERO;
    }

    /// Bounds as they are written: negative where an infinity or NaN will do too.
    static double[] signedBounds(ElementBounds values) {
        double[] bounds = values.bounds().clone();
        values.open().stream().forEach(at -> bounds[at] = -bounds[at]);
        return bounds;
    }

    static boolean hasLows(ElementBounds values) {
        for (double low : values.lows()) {
            if (low != 0) {
                return true;
            }
        }
        return false;
    }

    /// A file of Assay's that goes with the program.
    static byte[] resource(Class<?> near, String name) throws IOException {
        try (InputStream in = near.getResourceAsStream(name)) {
            if (in == null) {
                throw new HarnessException("the file " + name + " is missing", "class path", "build Assay anew");
            }
            return in.readAllBytes();
        }
    }

    /// A template of this package with its places filled in.
    static String filled(String template, Map<String, String> places) throws IOException {
        String text = new String(resource(Reproduction.class, template), StandardCharsets.UTF_8);
        for (Map.Entry<String, String> place : places.entrySet()) {
            text = text.replace("${" + place.getKey() + "}", place.getValue());
        }
        return text;
    }

    /// Writes the program and its data; the folder is there.
    public void write(Path folder, Language language) throws IOException {
        switch (language) {
            case C -> new CReproduction(this).write(folder);
            case PYTHON -> new PythonReproduction(this).write(folder);
        }
    }

    /// What the program is written in.
    public enum Language {
        /// For libraries that implement `assay_backend.h`.
        C,
        /// For backends in Python, and devices of PyTorch.
        PYTHON
    }
}
