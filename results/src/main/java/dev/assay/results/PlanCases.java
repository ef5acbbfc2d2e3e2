package dev.assay.results;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.assay.HarnessException;
import dev.assay.results.PlanFile.PlannedCase;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The cases of a `plan.json`, one at a time; memory is bounded by one of them.
public final class PlanCases implements Closeable {
    private static final String FIX = "restore the file from the run that wrote it";
    private static final String CASES = "cases";

    /// For a value within the file, which text follows.
    private static final ObjectMapper PART = Json.FILES.copy().disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final JsonParser parser;
    private final PlanFile head;
    private @Nullable PlannedCase planned;
    private long line;

    private PlanCases(Path file, JsonParser parser) throws IOException {
        this.file = file;
        this.parser = parser;
        try {
            this.head = readHead();
        } catch (JsonProcessingException e) {
            throw refused(e);
        }
    }

    /// Throws [HarnessException] with file and line if what stands before the cases is wrong.
    public static PlanCases open(Path file) throws IOException {
        // As UTF-8, whatever the first bytes look like.
        JsonParser parser = PART.getFactory()
                .createParser(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()));
        try {
            return new PlanCases(file, parser);
        } catch (IOException | HarnessException e) {
            parser.close();
            throw e;
        }
    }

    private PlanFile readHead() throws IOException {
        int schema = 0;
        JsonNode settings = NullNode.getInstance();
        List<PlanFile.SuiteRef> suites = List.of();
        List<PlanFile.BackendRef> backends = List.of();
        require(parser.nextToken(), JsonToken.START_OBJECT);
        // In the order in which we write them: what a case is for must be known before the case.
        for (String name : List.of("schema", "settings", "suites", "backends", CASES)) {
            require(parser.nextToken(), JsonToken.FIELD_NAME);
            if (!name.equals(parser.currentName())) {
                throw refused("'" + parser.currentName() + "' stands where '" + name + "' belongs");
            }
            parser.nextToken();
            if (!name.equals("schema") && schema != PlanFile.SCHEMA) {
                throw refused("its schema is " + schema + ", and this version knows " + PlanFile.SCHEMA);
            }
            switch (name) {
                case "schema" -> schema = PART.readValue(parser, Integer.class);
                case "settings" -> settings = PART.readTree(parser);
                case "suites" -> suites = List.of(PART.readValue(parser, PlanFile.SuiteRef[].class));
                case "backends" -> backends = List.of(PART.readValue(parser, PlanFile.BackendRef[].class));
                default -> require(parser.currentToken(), JsonToken.START_ARRAY);
            }
        }
        return new PlanFile(schema, settings, suites, backends, List.of());
    }

    /// The plan without its cases.
    public PlanFile head() {
        return head;
    }

    /// Goes to the next case; false after the last one. Throws [HarnessException] with file and line for what is no
    /// case.
    public boolean advance() throws IOException {
        planned = null;
        try {
            JsonToken token = parser.nextToken();
            line = parser.currentTokenLocation().getLineNr();
            if (token == JsonToken.END_ARRAY) {
                require(parser.nextToken(), JsonToken.END_OBJECT);
                if (parser.nextToken() != null) {
                    throw refused("text follows the plan");
                }
                return false;
            }
            require(token, JsonToken.START_OBJECT);
            planned = PART.readValue(parser, PlannedCase.class);
            return true;
        } catch (JsonProcessingException e) {
            throw refused(e);
        }
    }

    /// The case that [#advance] went to. Throws IllegalStateException if there is none.
    public PlannedCase planned() {
        PlannedCase current = planned;
        if (current == null) {
            throw new IllegalStateException("no case: advance() was not called, or did not return true");
        }
        return current;
    }

    /// Where the case begins.
    public long line() {
        return line;
    }

    private void require(@Nullable JsonToken found, JsonToken wanted) {
        if (found != wanted) {
            throw refused("there is " + (found == null ? "the end of the file" : found) + " instead of " + wanted);
        }
    }

    private HarnessException refused(JsonProcessingException e) {
        long at = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
        return new HarnessException("the plan cannot be read: " + Json.problem(e), file + ", line " + at, FIX, e);
    }

    private HarnessException refused(String what) {
        long at = Math.max(1, parser.currentLocation().getLineNr());
        return new HarnessException("the plan cannot be read: " + what, file + ", line " + at, FIX);
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }
}
