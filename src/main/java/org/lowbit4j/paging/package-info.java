/**
 * State elsewhere: arrays whose memory is a scratch file, of which what is not in use need not be
 * in memory, and what moves a network's state to such arrays.
 */
package org.lowbit4j.paging;
