// interop: carries out lines of settings calls with Kafka's own admin client and prints what came.
// With a third argument, the output of an earlier run: what is read is read again until it is the
// same, for 10 seconds, since brokers of Kafka hear of a change a moment after it is acknowledged;
// what stays different does not keep the next ones from being waited for, three times.
import java.io.*;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

public class SettingsCalls {
    static StringBuilder out;
    static Admin admin;

    static ConfigResource resource(String[] words) {
        String name = words[2].equals("-") ? "" : words[2];
        return new ConfigResource(ConfigResource.Type.valueOf(words[1]), name);
    }

    static String said(Throwable error) {
        Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    /** alter TYPE NAME OP KEY VALUE [OP KEY VALUE ...], value "-" for none. */
    static void alter(String[] words, boolean validate) throws Exception {
        List<AlterConfigOp> ops = new ArrayList<>();
        for (int i = 3; i + 2 < words.length; i += 3) {
            String value = words[i + 2].equals("-") ? null : words[i + 2].replace('_', ' ').replace("~", "_");
            ops.add(new AlterConfigOp(new ConfigEntry(words[i + 1], value),
                    AlterConfigOp.OpType.valueOf(words[i])));
        }
        admin.incrementalAlterConfigs(Map.of(resource(words), ops),
                new AlterConfigsOptions().validateOnly(validate)).all().get();
    }

    static void describe(String[] words) throws Exception {
        Config config = admin.describeConfigs(List.of(resource(words)),
                new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true)).all().get()
                .get(resource(words));
        Set<String> wanted = new TreeSet<>(List.of(words).subList(3, words.length));
        List<ConfigEntry> entries = new ArrayList<>(config.entries());
        entries.sort(Comparator.comparing(ConfigEntry::name));
        for (ConfigEntry e : entries) {
            if (wanted.isEmpty() || wanted.contains(e.name())) {
                say(e.name() + "=" + e.value() + " " + e.source() + " " + e.type()
                        + (e.isReadOnly() ? " read-only" : "") + (e.isSensitive() ? " sensitive" : "")
                        + (e.documentation() == null ? "" : " documented")
                        + " " + e.synonyms().stream().map(s -> s.source() + ":" + s.name() + "="
                                + s.value()).collect(Collectors.joining(", ", "{", "}")));
            }
        }
    }

    /** features NAME LEVEL TYPE [NAME LEVEL TYPE ...] */
    static void features(String[] words, boolean validate) throws Exception {
        Map<String, FeatureUpdate> updates = new LinkedHashMap<>();
        for (int i = 1; i + 2 < words.length; i += 3) {
            updates.put(words[i], new FeatureUpdate(Short.parseShort(words[i + 1]),
                    FeatureUpdate.UpgradeType.valueOf(words[i + 2])));
        }
        admin.updateFeatures(updates, new UpdateFeaturesOptions().validateOnly(validate)).all().get();
    }

    static void showFeatures() throws Exception {
        FeatureMetadata metadata = admin.describeFeatures().featureMetadata().get();
        System.out.println("  finalized " + new TreeMap<>(metadata.finalizedFeatures()));
        System.out.println("  supported " + new TreeMap<>(metadata.supportedFeatures()));
    }

    static void list(String[] words) throws Exception {
        Set<ConfigResource.Type> types = Arrays.stream(words).skip(1)
                .map(ConfigResource.Type::valueOf).collect(Collectors.toSet());
        admin.listConfigResources(types, new ListConfigResourcesOptions()).all().get().stream()
                .map(r -> r.type() + " '" + r.name() + "'").sorted()
                .forEach(line -> say(line));
    }

    static void topic(String[] words) throws Exception {
        Map<String, String> configs = new HashMap<>();
        for (int i = 2; i + 1 < words.length; i += 2) {
            configs.put(words[i], words[i + 1]);
        }
        admin.createTopics(List.of(new NewTopic(words[1], 1, (short) 1).configs(configs))).all().get();
    }

    static void run(String line) throws Exception {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "alter" -> alter(words, false);
            case "check" -> alter(words, true);
            case "describe" -> describe(words);
            case "features" -> features(words, false);
            case "check-features" -> features(words, true);
            case "show-features" -> showFeatures();
            case "list" -> list(words);
            case "topic" -> topic(words);
            case "delete-topic" -> admin.deleteTopics(List.of(words[1])).all().get();
            default -> throw new IllegalArgumentException(line);
        }
    }

    static void say(String line) {
        out.append("  ").append(line).append("\n");
    }

    static String answer(String line) {
        out = new StringBuilder("> " + line + "\n");
        try {
            run(line);
        } catch (Exception e) {
            say(said(e));
        }
        return out.toString();
    }

    public static void main(String[] args) throws Exception {
        admin = Admin.create(Map.of("bootstrap.servers", args[0], "default.api.timeout.ms", 10000,
                "request.timeout.ms", 10000));
        // By call, as they stand in the file.
        String[] expected = args.length > 2 ? Files.readString(Path.of(args[2])).split("(?m)^(?=> )") : null;
        int patience = 3; // so often what is different for good is waited for
        int index = 0;
        StringBuilder all = new StringBuilder();
        for (String line : Files.readAllLines(Path.of(args[1]))) {
            boolean reads = line.startsWith("describe") || line.startsWith("list");
            boolean waits = expected != null && reads && patience > 0;
            long until = System.nanoTime() + 10_000_000_000L;
            String given = answer(line);
            while (waits && System.nanoTime() < until && !expected[index].equals(given)) {
                Thread.sleep(20);
                given = answer(line);
            }
            all.append(given);
            patience -= waits && !expected[index].equals(given) ? 1 : 0;
            index++;
        }
        System.out.print(all);
        admin.close();
    }
}
