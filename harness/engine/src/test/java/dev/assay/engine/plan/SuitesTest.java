package dev.assay.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.backend.Call;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.results.Json;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The suites that come with Assay.
class SuitesTest {

    static List<String> names() {
        return Suites.names();
    }

    static Suite suite(String name) {
        return Suites.load(name, OptionalLong.empty());
    }

    private static Set<String> files() throws Exception {
        URL index = Suites.class.getResource("/suites/index");
        assertTrue(index != null, "the index is on the class path");
        if (index.getProtocol().equals("file")) {
            return files(Path.of(index.toURI()).resolveSibling("."));
        }
        String jar =
                index.toString().substring("jar:".length(), index.toString().indexOf("!"));
        try (FileSystem inside = FileSystems.newFileSystem(Path.of(java.net.URI.create(jar)))) {
            return files(inside.getPath("/suites"));
        }
    }

    private static Set<String> files(Path folder) throws Exception {
        try (Stream<Path> listed = Files.list(folder)) {
            return listed.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void theIndexListsExactlyTheFilesThatAreThere() throws Exception {
        assertEquals(new ArrayList<>(files()), Suites.names(), "in the order of their names");
    }

    @ParameterizedTest
    @MethodSource("names")
    void everySuiteIsReadAndHasItsFilesName(String name) {
        Suite suite = suite(name);
        assertEquals(name, suite.name());
        assertFalse(suite.cases().isEmpty());
        assertFalse(suite.description().isBlank());
        for (Case one : suite.cases()) {
            assertFalse(one.why().isBlank(), one.id() + " says why it is there");
        }
    }

    @Test
    void everyOperatorIsInASuite() {
        Set<String> used = Suites.names().stream()
                .flatMap(name -> suite(name).cases().stream())
                .map(one -> one.id().operator())
                .collect(Collectors.toSet());
        for (Operator operator : Operators.all()) {
            assertTrue(used.contains(operator.name()), operator.name() + " is in no suite");
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void noCaseNameOccursTwiceInASuite(String name) {
        Set<String> seen = new HashSet<>();
        for (Case one : suite(name).cases()) {
            assertTrue(seen.add(one.id().toString()), one.id().toString());
        }
    }

    @Test
    void casesOfOneNameMeanTheSameInEverySuite() {
        Map<String, Call> calls = new HashMap<>();
        for (String name : names()) {
            for (Case one : suite(name).cases()) {
                Call call = one.call().orElseThrow();
                Call other = calls.putIfAbsent(one.id().toString(), call);
                assertTrue(other == null || other.equals(call), one.id().toString());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void everyCaseComesBackFromItsPlan(String name) throws Exception {
        for (Case one : suite(name).cases()) {
            JsonNode written = Json.STRICT.readTree(Json.pretty(one.spec().toJson()));
            CaseSpec read = CaseSpec.parse(written);
            assertEquals(one.spec().toJson(), read.toJson());
            assertEquals(
                    one.call().orElseThrow(),
                    read.call(one.id().toString()),
                    one.id().toString());
        }
    }

    @Test
    void everyHashDiffersFromEveryOther() {
        Map<String, String> seen = new HashMap<>();
        for (String name : names()) {
            for (Case one : suite(name).cases()) {
                String key = one.id() + " with seed " + one.seed();
                String other = seen.put(one.hash(null), key);
                assertTrue(other == null || other.equals(key), key + " and " + other);
            }
        }
    }
}
