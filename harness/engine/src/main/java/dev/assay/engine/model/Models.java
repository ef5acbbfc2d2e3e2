package dev.assay.engine.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.HarnessException;
import dev.assay.backend.Call;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.Suite;
import dev.assay.results.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The models that come with Assay, and the suites made from them.
public final class Models {
    /// What the source of a suite that a model gave begins with.
    public static final String RESOURCES = "models/";

    private static final String INDEX = "/" + RESOURCES + "index";
    private static final String CONTRACT = "/" + RESOURCES + "contract";
    private static final String BASE = "base";
    private static final long STANDARD_SEED = 20260103;

    private static final ObjectMapper MAPPER =
            Json.STRICT.copy().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    private Models() {}

    /// Names of the models, in order.
    public static List<String> names() {
        return resource(INDEX).lines().filter(line -> !line.isBlank()).toList();
    }

    static Model load(String name) {
        String file = RESOURCES + name + ".json";
        try {
            ObjectNode numbers = numbers(file);
            Optional<String> base = base(name);
            numbers.remove(BASE);
            Model model = MAPPER.treeToValue(
                    base.isEmpty()
                            ? numbers
                            : numbers(RESOURCES + base.get() + ".json").setAll(numbers),
                    Model.class);
            model.check(file);
            return model;
        } catch (JsonProcessingException e) {
            throw new HarnessException(
                    String.valueOf(e.getOriginalMessage()), file, "write it as docs/suites.md says", e);
        }
    }

    private static ObjectNode numbers(String file) throws JsonProcessingException {
        return MAPPER.readValue(resource("/" + file), ObjectNode.class);
    }

    /// The model whose numbers hold where the file of another gives none of its own.
    private static Optional<String> base(String name) {
        String file = RESOURCES + name + ".json";
        try {
            JsonNode base = numbers(file).get(BASE);
            return base == null ? Optional.empty() : Optional.of(base.asText());
        } catch (JsonProcessingException e) {
            throw new HarnessException(
                    String.valueOf(e.getOriginalMessage()), file, "write it as docs/suites.md says", e);
        }
    }

    /// Names of the models whose examples have a size.
    static List<String> sized() {
        return names().stream()
                .filter(name -> {
                    Model model = load(name);
                    return switch (model.kind()) {
                        case LANGUAGE -> model.training() != null;
                        case VISION, VIDEO -> false;
                        case PROTEIN_LANGUAGE, PAIR, POTENTIAL, NEURAL_OPERATOR, WEATHER -> true;
                    };
                })
                .toList();
    }

    /// Parameters that the numbers of a model come to.
    public static long parameters(String name) {
        Model model = load(name);
        Architecture architecture = Architecture.of(model);
        Calls calls = new Calls(model, STANDARD_SEED, false);
        // The last is the largest: tables of biases may grow with what is read.
        architecture.run(architecture.phases(Request.ONE_DEVICE).getLast(), calls);
        return calls.weights();
    }

    /// The calls of a model as a suite of its name. Throws [HarnessException] if devices cannot share it.
    ///
    /// @param seed takes the place of the standard one, if it is not empty
    public static Suite suite(String name, Request request, OptionalLong seed) {
        Model model = load(name);
        Architecture architecture = Architecture.of(model);
        Map<Key, Gathered> gathered = new LinkedHashMap<>();
        long used = seed.orElse(STANDARD_SEED);
        for (Phase phase : architecture.phases(request)) {
            Calls calls = new Calls(model, used, phase.kind() == Phase.Kind.TRAINING);
            architecture.run(phase, calls);
            for (Use use : calls.uses()) {
                gathered.computeIfAbsent(
                                new Key(use.operator(), use.call(), use.fill(), use.drawn()), key -> new Gathered())
                        .add(phase, use);
            }
        }
        List<Suite.Part> parts = new ArrayList<>();
        gathered.forEach((key, all) -> parts.add(new Suite.Part(
                key.operator(), key.call(), key.fill(), key.drawn(), all.why(), all.uses(), all.releaseOnly)));
        String source = RESOURCES + name + ".json" + request.words();
        String contract = resource(CONTRACT);
        String numbers = resource("/" + RESOURCES + name + ".json")
                + base(name)
                        .map(base -> resource("/" + RESOURCES + base + ".json"))
                        .orElse("");
        String digest = Json.sha256(source + "\n" + contract + "\n" + numbers);
        return Suite.generated(name, model.description(), source, digest, contract, used, parts);
    }

    /// What makes two uses one case.
    private record Key(String operator, Optional<Call> call, String fill, Map<String, String> drawn) {}

    /// Uses of one case.
    private static final class Gathered {
        private final Map<String, Map<String, Long>> timesByPhase = new LinkedHashMap<>();
        private boolean releaseOnly = true;

        void add(Phase phase, Use use) {
            timesByPhase
                    .computeIfAbsent(phase.label(), label -> new LinkedHashMap<>())
                    .merge(use.role(), use.times(), Long::sum);
            releaseOnly &= phase.releaseOnly();
        }

        List<CaseSpec.Use> uses() {
            List<CaseSpec.Use> uses = new ArrayList<>();
            timesByPhase.forEach(
                    (phase, roles) -> roles.forEach((role, times) -> uses.add(new CaseSpec.Use(phase, role, times))));
            return uses;
        }

        String why() {
            Set<String> roles = new LinkedHashSet<>();
            timesByPhase.values().forEach(times -> roles.addAll(times.keySet()));
            return String.join("; ", roles) + ": " + String.join(", ", timesByPhase.keySet());
        }
    }

    private static String resource(String name) {
        try (InputStream in = Models.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
