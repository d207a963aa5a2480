/**
 * The command line: what is in files of networks, whether they are whole, and what to make of them.
 */
package org.lowbit4j.cli;
