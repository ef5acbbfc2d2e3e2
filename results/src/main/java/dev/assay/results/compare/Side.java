package dev.assay.results.compare;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.assay.HarnessException;
import dev.assay.results.CellText;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What one of two runs says about itself.
///
/// @param name `base` or `candidate`
/// @param suites digest by name
/// @param only the backend to take from it; empty takes all
record Side(
        String name,
        RunFolder folder,
        Manifest manifest,
        String hwClassId,
        Map<String, String> suites,
        List<BackendRef> backends,
        Optional<BackendRef> only) {

    /// What follows a part of the plan is no garbage.
    private static final ObjectReader PART =
            Json.STRICT.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /// Throws [HarnessException] if the run is not over, or has no such backend.
    ///
    /// @param backend asked for; empty if none was
    /// @param onlyOne whether there must be one backend alone
    static Side of(String name, RunFolder folder, Optional<String> backend, boolean onlyOne) throws IOException {
        if (!folder.isFinished()) {
            throw new HarnessException(
                    "the run of the " + name + " is not finished: it has no " + RunFolder.SUMS,
                    folder.path().toString(),
                    "finish it with `assay run --resume " + folder.path() + "`");
        }
        Object hwClassId = folder.readEnvironment().get("hw_class_id");
        if (!(hwClassId instanceof String text)) {
            throw new HarnessException(
                    "the run of the " + name + " does not say on what class of machine it was made",
                    folder.file(RunFolder.ENVIRONMENT) + ", hw_class_id",
                    "restore the file from the run that wrote it");
        }
        Map<String, String> suites = new TreeMap<>();
        List<BackendRef> backends = new ArrayList<>();
        readPlan(folder.file(RunFolder.PLAN), suites, backends);
        Optional<BackendRef> only = backend.isPresent() || onlyOne
                ? Optional.of(chosen(name, folder, backends, backend))
                : Optional.empty();
        return new Side(name, folder, folder.readManifest(), CellText.harmless(text), suites, backends, only);
    }

    /// The head of a plan, without its cases: these can be a million.
    private static void readPlan(Path file, Map<String, String> suites, List<BackendRef> backends) throws IOException {
        try (JsonParser parser = Json.STRICT.createParser(file.toFile())) {
            boolean both = false;
            while (parser.nextToken() != null && !both) {
                if (parser.currentToken() == JsonToken.FIELD_NAME) {
                    String field = parser.currentName();
                    parser.nextToken();
                    switch (field) {
                        case "suites" -> {
                            for (SuiteRef suite : PART.<SuiteRef[]>readValue(parser, SuiteRef[].class)) {
                                suites.put(CellText.harmless(suite.name()), CellText.harmless(suite.sha256()));
                            }
                        }
                        case "backends" -> {
                            for (BackendRef backend : PART.<BackendRef[]>readValue(parser, BackendRef[].class)) {
                                backends.add(new BackendRef(
                                        CellText.harmless(backend.id()), CellText.harmless(backend.options())));
                            }
                        }
                        default -> parser.skipChildren();
                    }
                    both = !suites.isEmpty() && !backends.isEmpty();
                }
            }
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            throw new HarnessException(
                    "the plan cannot be read: " + e.getOriginalMessage(),
                    file + ", line " + line,
                    "restore the file from the run that wrote it",
                    e);
        }
    }

    private static BackendRef chosen(
            String name, RunFolder folder, List<BackendRef> backends, Optional<String> wanted) {
        List<BackendRef> fitting = backends.stream()
                .filter(backend -> wanted.isEmpty() || backend.label().equals(wanted.get()))
                .toList();
        if (fitting.isEmpty()) {
            fitting = backends.stream()
                    .filter(backend -> backend.id().equals(wanted.orElse("")))
                    .toList();
        }
        if (fitting.size() != 1) {
            String what = wanted.isEmpty()
                    ? "the " + name + " has " + backends.size() + " backends"
                    : "the " + name + " has " + (fitting.isEmpty() ? "no" : "more than one") + " backend '"
                            + wanted.get() + "'";
            throw new HarnessException(
                    what,
                    folder.path().toString(),
                    "choose with --" + (name.equals("base") ? "base" : "cand") + "-backend one of "
                            + backends.stream().map(BackendRef::label).toList());
        }
        return fitting.getFirst();
    }

    String id() {
        return CellText.harmless(folder.id());
    }

    String words() {
        return id() + only.map(backend -> ", " + backend.label()).orElse("") + ", suites "
                + String.join(" ", suites.keySet()) + ", on " + hwClassId;
    }
}
