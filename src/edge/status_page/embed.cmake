# SPDX-License-Identifier: Apache-2.0
# Turns the files of the status page into one C file:
#   cmake -DSOURCE=<this directory> -DOUTPUT=<file.c> -P embed.cmake
set(text "/* Made by embed.cmake from src/edge/status_page/. */\n#include \"edge/status_page.h\"\n\n")
set(rows "")
foreach(row "index.html|/|text/html" "style.css|/style.css|text/css" "page.js|/page.js|text/javascript")
  string(REPLACE "|" ";" parts "${row}")
  list(GET parts 0 file)
  list(GET parts 1 path)
  list(GET parts 2 type)
  string(MAKE_C_IDENTIFIER "${file}" name)
  file(READ "${SOURCE}/${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND text "static const uint8_t ${name}[] = {\n${bytes}\n};\n\n")
  string(APPEND rows "    { \"${path}\", \"${type}; charset=utf-8\", { ${name}, sizeof ${name} } },\n")
endforeach()
string(APPEND text "const struct status_page_file STATUS_PAGE_FILES[] = {\n${rows}};\n\n"
  "const size_t STATUS_PAGE_FILE_COUNT = sizeof STATUS_PAGE_FILES / sizeof STATUS_PAGE_FILES[0];\n")
file(WRITE "${OUTPUT}" "${text}")
