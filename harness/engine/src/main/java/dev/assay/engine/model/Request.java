package dev.assay.engine.model;

import dev.assay.HarnessException;
import dev.assay.engine.model.Model.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a model is to be run. What is left empty has standard values.
///
/// @param batch sequences at once
/// @param prefill tokens of a prompt
/// @param decode tokens in the cache when the next one is made
/// @param devices that share each layer (tensor parallelism)
public record Request(
        Optional<Integer> batch, Optional<Integer> prefill, Optional<Integer> decode, Optional<Integer> devices) {
    /// Nothing asked for.
    public static final Request STANDARD =
            new Request(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final int MOST_DEVICES = 1024;
    private static final int MOST = 1 << 20;
    /// With the new token, 1,024 and 8,192 keys.
    private static final int SHORT_CACHE = 1023;

    private static final int LONG_CACHE = 8191;
    private static final List<Integer> BATCHES = List.of(1, 16);
    private static final int LARGE_BATCH = 64;
    private static final List<Integer> PROMPTS = List.of(128, 512);
    private static final List<Integer> LONG_PROMPTS = List.of(2048, 8192);

    public Request {
        within(batch, MOST, "--batch");
        within(prefill, MOST, "--prefill");
        within(decode, MOST, "--decode");
        within(devices, MOST_DEVICES, "--tp");
    }

    private static void within(Optional<Integer> given, int most, String option) {
        given.filter(value -> value < 1 || value > most).ifPresent(value -> {
            throw new HarnessException("'" + value + "'", option, "give a number from 1 to " + most);
        });
    }

    public boolean isStandard() {
        return equals(STANDARD);
    }

    /// As on the command line: ` --batch 16 --tp 8`, empty if nothing was asked for.
    public String words() {
        StringBuilder words = new StringBuilder();
        batch.ifPresent(value -> words.append(" --batch ").append(value));
        prefill.ifPresent(value -> words.append(" --prefill ").append(value));
        decode.ifPresent(value -> words.append(" --decode ").append(value));
        devices.ifPresent(value -> words.append(" --tp ").append(value));
        return words.toString();
    }

    /// What a model of this kind does.
    ///
    /// @param tokens of each image or video
    List<Phase> phases(Kind kind, int tokens, String model) {
        int shared = devices.orElse(1);
        if (kind == Kind.LANGUAGE) {
            return languagePhases(shared);
        }
        if (prefill.isPresent() || decode.isPresent()) {
            throw new HarnessException(
                    model + " reads no prompts",
                    prefill.isPresent() ? "--prefill" : "--decode",
                    "leave it out: what it reads has " + tokens + " tokens; --batch and --tp can be given");
        }
        Phase.Kind what = kind == Kind.VISION ? Phase.Kind.ENCODE : Phase.Kind.DENOISE;
        List<Phase> phases = new ArrayList<>();
        phases.add(new Phase(what, batch.orElse(1), tokens, 0, shared, false));
        if (batch.isEmpty()) {
            phases.add(new Phase(what, kind == Kind.VISION ? BATCHES.getLast() : 2, tokens, 0, shared, true));
        }
        return phases;
    }

    private List<Phase> languagePhases(int shared) {
        List<Phase> phases = new ArrayList<>();
        boolean lengths = prefill.isPresent() || decode.isPresent();
        decode.ifPresent(length -> phases.add(decoding(batch.orElse(1), length, shared, false)));
        prefill.ifPresent(length -> phases.add(reading(batch.orElse(1), length, shared, false)));
        if (lengths) {
            return phases;
        }
        for (int sequences : batch.map(List::of).orElse(BATCHES)) {
            phases.add(decoding(sequences, SHORT_CACHE, shared, false));
        }
        PROMPTS.forEach(length -> phases.add(reading(batch.orElse(1), length, shared, false)));
        if (batch.isEmpty()) {
            phases.add(decoding(LARGE_BATCH, SHORT_CACHE, shared, true));
            phases.add(decoding(1, LONG_CACHE, shared, true));
            LONG_PROMPTS.forEach(length -> phases.add(reading(1, length, shared, true)));
        }
        return phases;
    }

    private static Phase decoding(int batch, int cached, int shared, boolean release) {
        return new Phase(Phase.Kind.DECODE, batch, 1, cached, shared, release);
    }

    private static Phase reading(int batch, int length, int shared, boolean release) {
        return new Phase(Phase.Kind.PREFILL, batch, length, 0, shared, release);
    }
}
