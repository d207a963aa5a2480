package org.lowbit4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** The project's pom.xml is what Maven Central accepts, and brings users nothing that they have. */
class PublishedPomTest {

  private static Element project;

  @BeforeAll
  static void read() throws Exception {
    project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile())
            .getDocumentElement();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "groupId",
        "artifactId",
        "version",
        "name",
        "description",
        "url",
        "licenses/license/name",
        "licenses/license/url",
        "developers/developer/name",
        "developers/developer/organization",
        "scm/connection",
        "scm/developerConnection",
        "scm/url"
      })
  void whatCentralAsksForIsThere(String path) {
    assertThat(at(path)).hasSize(1).allSatisfy(e -> assertThat(e.getTextContent()).isNotBlank());
  }

  @ParameterizedTest
  @ValueSource(strings = {"repositories", "pluginRepositories", "distributionManagement", "parent"})
  void whatCentralRefusesIsNotThere(String path) {
    assertThat(at(path)).isEmpty();
  }

  @Test
  void nothingDependsOnSnapshots() {
    NodeList versions = project.getElementsByTagName("version");
    for (int i = 0; i < versions.getLength(); i++) {
      if (versions.item(i).getParentNode() != project) {
        assertThat(versions.item(i).getTextContent()).doesNotContain("SNAPSHOT");
      }
    }
  }

  /** A second ND4J beside the user's own, of another version or groupId, must not come with us. */
  @Test
  void usersGetNothingButTheLibrary() {
    assertThat(at("dependencies/dependency"))
        .isNotEmpty()
        .allSatisfy(
            dependency ->
                assertThat(text(dependency, "scope") + text(dependency, "optional"))
                    .as(text(dependency, "artifactId"))
                    .containsAnyOf("provided", "test", "true"));
  }

  private static List<Element> at(String path) {
    List<Element> found = List.of(project);
    for (String name : path.split("/")) {
      List<Element> next = new ArrayList<>();
      found.forEach(e -> next.addAll(children(e, name)));
      found = next;
    }
    return found;
  }

  private static String text(Element element, String child) {
    return children(element, child).stream().map(Node::getTextContent).findFirst().orElse("");
  }

  private static List<Element> children(Element element, String name) {
    List<Element> found = new ArrayList<>();
    for (Node n = element.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n.getNodeName().equals(name)) {
        found.add((Element) n);
      }
    }
    return found;
  }
}
