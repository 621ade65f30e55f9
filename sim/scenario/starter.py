"""The commented scenario that ``gridgov new`` writes."""

STARTER = """\
# 我的街道：gridgov 情景文件。改动数字后用 gridgov check 检查，用 gridgov run 运行。
# My street: a scenario of gridgov. Change the numbers, see gridgov check, then gridgov run.
# 每个字段的含义 What a field means: gridgov explain policy.zoning.target

# 没写的字段都取自 base（内置的一个街道）。映射逐项合并；列表与单个值整体替换；写 null 则取消。
# What is not written comes from base, the bundled street. Mappings merge key by key; lists and plain values are
# replaced as a whole; null takes a value back.
extends: base

name: my-street                                   # 文件与表格中的名称 its name in files and tables
title: {zh: 我的街道, en: My street}              # 图表标题 what people read
lang: zh                                          # 图表语言 language of tables and charts: zh | en
seed: 1                                           # 随机种子 same seed, same results

# 2021 年的 180 天，前 60 天预热，不计入指标
# 180 days of 2021; the first 60 warm up and count in no KPI
period: {start: 2021-01-01, days: 180, warm_up: 60 d, history: 365 d}

world:
  communities_per_street: 4                       # 社区数 communities
  households: 16000                               # 总户数 households in all
  propensity_p90_p10: 3                           # 各社区上报意愿之差 how unevenly communities report
  # communities: my_communities.csv               # 或用自己的社区表（此时写 communities_per_street: null）
  #                                               # or a table of your own (then write communities_per_street: null)

policy:
  # 网格划分：每格约 500 户；也可 by_workload（按工作量）、by_count（按格数）、by_community（一社区一格）
  # Zoning: about 500 households a grid; or by_workload, by_count, by_community
  zoning: {kind: by_households, target: 500}

  # 网格员：own_grids（只管本格）、neighbour_backup（邻格支援）、community_pool（社区统筹）、street_float（街道机动）
  # Gridworkers: own_grids, neighbour_backup, community_pool or street_float
  staffing: {kind: own_grids, workers: 24, absence: 5 %}

  # 派单次序：fifo（先到先办）、severity_first（急事先办）、earliest_due（先到期先办）、ageing
  # Order of work: fifo, severity_first, earliest_due or ageing
  dispatch: {kind: severity_first, preempt: urgent}

  # 行政事务占工作时间的比例
  # Share of working time that goes into paperwork
  rounds: {admin: {share: 35 %}}

  # 各级办件能力按街道大小配备
  # Crews to the size of the street
  tiers:
    street: {staff: 2}
    departments:
      - {id: urban, title: {zh: 城管, en: Urban management}, crews: 1, triage: 15 min}
      - {id: utilities, title: {zh: 公用设施, en: Utilities}, crews: 2, triage: 15 min}
      - {id: emergency, title: {zh: 应急, en: Emergency management}, crews: 1, triage: 15 min}
      - {id: justice, title: {zh: 司法, en: Justice}, crews: 1, triage: 15 min}
      - {id: police, title: {zh: 公安, en: Police}, crews: 1, triage: 15 min}
      - {id: housing, title: {zh: 住建, en: Housing}, crews: 1, triage: 15 min}
      - {id: civil, title: {zh: 民政, en: Civil affairs}, crews: 1, triage: 15 min}
      - {id: enforcement, title: {zh: 综合执法, en: Law enforcement}, crews: 2, triage: 15 min}

# 数字的来源；gridgov check --strict 要求每个数字都有来源
# Where the numbers come from; gridgov check --strict wants a source for every number
sources:
  period: {assumed: the time to be studied}
  world: {assumed: put your own source here}
  policy: {assumed: put your own source here}
"""
